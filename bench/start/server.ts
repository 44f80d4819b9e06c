// Starts the compiled server on a home of its own and asks it for one checked vector.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findFreePort } from "../../test/acceptance/termite.ts";
import { compareVectors, readReferences, readTexts } from "../../test/acceptance/references.ts";
import { parseVector } from "../../test/fixtures/references/read-references.ts";

const REFERENCES = join(import.meta.dir, "..", "..", "test", "fixtures", "references", "embedded.json");
const TEXT = 12;

export interface BenchServer {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

export function startServer(executable: string, home: string, flags: readonly string[] = []): BenchServer {
  const url = `http://127.0.0.1:${findFreePort()}`;
  const env = { HOME: home, PATH: process.env["PATH"] ?? "" };
  const child = Bun.spawn([executable, "serve", "--api-url", url, ...flags], { env, stdout: "ignore", stderr: "ignore" });
  return {
    url,
    pid: child.pid,
    async stop() {
      child.kill("SIGTERM");
      const code = await child.exited;
      if (code !== 0) throw new Error(`The server ended with ${code}`);
    },
  };
}

/** Asks again until an answer comes; throws when its vector is not the reference's. */
export async function waitForCheckedVector(url: string): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    const answer = await requestVector(url);
    if (answer !== undefined) return checkVector(answer);
    await Bun.sleep(5);
  }
  throw new Error("No answer within 60 s");
}

/** `undefined` while the port is closed or the model loads. */
export async function requestVector(url: string, input: string = readText()): Promise<Float32Array | undefined> {
  const body = JSON.stringify({ model: "all-minilm-l6-v2:int8", input, encoding_format: "base64" });
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}/v1/embeddings`, { method: "POST", body, headers }).catch(() => undefined);
  if (response?.status !== 200) return undefined;
  const answer: { data: [{ embedding: string }] } = JSON.parse(await response.text());
  return parseVector(answer.data[0].embedding);
}

function checkVector(vector: Float32Array): void {
  const { minCosine, wrong } = compareVectors([vector], readReferences(REFERENCES).slice(TEXT, TEXT + 1));
  if (wrong > 0) throw new Error(`The vector is wrong: cosine ${minCosine}`);
}

function readText(): string {
  const text = readTexts()[TEXT];
  if (text === undefined) throw new Error(`There is no text ${TEXT}`);
  return text;
}

/** Proportional set size of one process in MB, from the kernel. */
export function readPssMb(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1]) / 1024;
}
