// The product as people run it: tokens a second over HTTP at two batch sizes, and what its runner has in memory meanwhile.
import { readFileSync } from "node:fs";
import { findFreePort } from "../../../test/acceptance/termite.ts";
import { createEnvironment } from "./command.ts";
import type { Machine } from "./command.ts";
import { parseMaps } from "./maps.ts";
import { writeLog } from "./steps.ts";

export interface Served {
  /** As `/api/ps` says it. */
  target: string;
  device: unknown;
  runner: { pid: number; library: string; version: string };
  /** "32 texts, 1 at once" */
  tokensPerSecond: Record<string, number>;
  maps: Map<string, number>;
}

interface Status {
  models: { target: { actual: string }; device: unknown; runner: Served["runner"] }[];
}

const BATCHES = [32, 256];
const MEASURE_MS = 3000;
const WARM_MS = 3000;
const WORDS = "lamp storm harbour keeper gull dawn pier water boat name grey night rope tide stone wind".split(" ");

const createText = (row: number): string => Array.from({ length: 24 }, (_, i) => WORDS[(row * 5 + i * 7) % WORDS.length]).join(" ");

export async function measureServed(machine: Machine, engine: string, seconds: number): Promise<Served> {
  const url = `http://127.0.0.1:${findFreePort()}`;
  const flags = ["--api-url", url, "--require-target", engine, "--models-dir", `${machine.kept}/models`, "--default-model", machine.model];
  const child = Bun.spawn([machine.executable, "serve", ...flags], { env: createEnvironment(), stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const output = Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  try {
    await waitUntilReady(url, { child, machine, seconds: Math.min(seconds, 240) });
    return await measure(url, machine);
  } catch (error) {
    if (child.exitCode === null) throw error;
    throw new Error(`"serve --require-target ${engine}" ended with ${child.exitCode}: ${(await output)[1].trim().split("\n").slice(-2).join(" | ")}`, { cause: error });
  } finally {
    child.kill("SIGTERM");
    await child.exited;
    writeLog(machine.out, (await output).join(""));
  }
}

async function waitUntilReady(url: string, { child, seconds, machine }: { child: Bun.Subprocess; seconds: number; machine: Machine }): Promise<void> {
  for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; await Bun.sleep(100)) {
    if (child.exitCode !== null) throw new Error("it ended");
    const answer = await ask(url, machine, [createText(0)]).catch(() => undefined);
    if (answer !== undefined) return;
  }
  throw new Error(`No answer within ${seconds.toFixed(0)} s`);
}

/** Tokens that it counted. */
async function ask(url: string, { model }: Machine, input: readonly string[]): Promise<number> {
  const body = JSON.stringify({ model, input, encoding_format: "base64" });
  const response = await fetch(`${url}/v1/embeddings`, { method: "POST", body, headers: { "content-type": "application/json" } });
  if (!response.ok) throw new Error(`Cannot embed: ${response.status} ${await response.text()}`);
  const answer: { usage: { prompt_tokens: number } } = JSON.parse(await response.text());
  return answer.usage.prompt_tokens;
}

async function measure(url: string, machine: Machine): Promise<Served> {
  const tokensPerSecond: Record<string, number> = {};
  for (const count of BATCHES) {
    const texts = Array.from({ length: count }, (_, row) => createText(row));
    for (const atOnce of [1, 4]) {
      await measureRate(() => ask(url, machine, texts), atOnce, WARM_MS);
      tokensPerSecond[`${count} texts, ${atOnce} at once`] = await measureRate(() => ask(url, machine, texts), atOnce, MEASURE_MS);
    }
  }
  const status: Status = JSON.parse(await (await fetch(`${url}/api/ps`)).text());
  const [loaded] = status.models;
  if (loaded === undefined) throw new Error(`Cannot measure: "/api/ps" names no model`);
  const maps = parseMaps(readFileSync(`/proc/${loaded.runner.pid}/smaps`, "utf8"));
  return { target: loaded.target.actual, device: loaded.device, runner: loaded.runner, tokensPerSecond, maps };
}

async function measureRate(run: () => Promise<number>, atOnce: number, durationMs: number): Promise<number> {
  let tokens = 0;
  const begun = performance.now();
  const work = async (): Promise<void> => {
    while (performance.now() - begun < durationMs) tokens += await run();
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return Math.round(tokens / ((performance.now() - begun) / 1000));
}
