// Starts the compiled server as a user would, waits until it is ready, and asks it for vectors over HTTP.
import { runGood } from "./command.ts";
import { TERMITE } from "./places.ts";
import { parseVector } from "../fixtures/references/read-references.ts";
import { check } from "./report.ts";

export interface TermiteOptions {
  /** HOME of the server; `~/.termite` lies in it. */
  home: string;
  flags?: readonly string[];
  /** Put before the executable: strace, unshare. */
  prefix?: readonly string[];
  /** How long `serveOnce` waits after its answer, for what comes late. */
  idleMs?: number;
}

export interface Termite {
  url: string;
  pid: number;
  /** SIGTERM, then the exit code and all of stderr. */
  stop(): Promise<{ code: number; stderr: string }>;
}

/** An environment with nothing in it but what a login gives. */
export function createEnvironment(home: string): Record<string, string> {
  return { HOME: home, PATH: process.env["PATH"] ?? "/usr/bin:/bin", LANG: "C.UTF-8" };
}

export async function startTermite(options: TermiteOptions): Promise<Termite> {
  const url = `http://127.0.0.1:${findFreePort()}`;
  const command = [...(options.prefix ?? []), TERMITE, "serve", "--api-url", url, ...(options.flags ?? [])];
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "pipe", env: createEnvironment(options.home) });
  const stderr = new Response(child.stderr).text();
  const stop = async (): Promise<{ code: number; stderr: string }> => {
    child.kill("SIGTERM");
    return { code: await child.exited, stderr: await stderr };
  };
  const ready = await waitUntilReady(url, child.exited);
  if (!ready) child.kill("SIGKILL");
  check(ready, `the server did not become ready: ${ready ? "" : (await stderr).trim().split("\n").slice(-3).join(" | ")}`);
  return { url, pid: child.pid, stop };
}

export function findFreePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

async function waitUntilReady(url: string, exited: Promise<number>): Promise<boolean> {
  const ended = exited.then(() => true);
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    if (await isReady(url)) return true;
    if (await Promise.race([ended, Bun.sleep(50).then(() => false)])) return false;
  }
  return false;
}

/** A refused connection is what waiting looks like, not an error. */
async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`).then((response) => response.status === 200, () => false);
}

export interface Embedded {
  model: string;
  vectors: Float32Array[];
  promptTokens: number;
}

interface OpenaiAnswer {
  model: string;
  data: { index: number; embedding: string }[];
  usage: { prompt_tokens: number; total_tokens: number };
}

export async function embed(url: string, model: string, input: string | readonly string[]): Promise<Embedded> {
  const response = await fetch(`${url}/v1/embeddings`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model, input, encoding_format: "base64" }),
  });
  const text = await response.text();
  check(response.status === 200, `${model}: ${response.status} ${text.slice(0, 200)}`);
  const answer: OpenaiAnswer = JSON.parse(text);
  check(answer.data.every(({ index }, place) => index === place), `${model}: the answer is out of order`);
  return {
    model: answer.model,
    vectors: answer.data.map(({ embedding }) => parseVector(embedding)),
    promptTokens: answer.usage.prompt_tokens,
  };
}

export const EMBEDDED_MODEL = "all-minilm-l6-v2:int8";

/** Starts, embeds with the embedded model, stops; the vectors of the given texts. */
export async function serveOnce(options: TermiteOptions, texts: readonly string[]): Promise<Float32Array[]> {
  const termite = await startTermite(options);
  try {
    const { vectors } = await embed(termite.url, EMBEDDED_MODEL, texts);
    await Bun.sleep(options.idleMs ?? 0);
    return vectors;
  } finally {
    await termite.stop();
  }
}

/** The first line of the version, which also proves that the file runs here. */
export async function readVersion(): Promise<string> {
  return (await runGood([TERMITE, "--version"])).split("\n")[0] ?? "";
}
