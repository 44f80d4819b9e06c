// One engine in a process of its own, without a server: `engine-child.js TARGET LIBRARY MODEL FOLDER PRELOAD…` says as one JSON line how
// many tokens a second it does, what its matrix products reach in the same minute, and what it has in memory.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Backend, Session } from "../../../src/backends/backend.ts";
import { openOnnxBackend } from "../../../src/backends/onnx/open-backend.ts";
import { openXlaBackend } from "../../../src/backends/xla/open-backend.ts";
import { formatError } from "../../../src/errors.ts";
import { openPreloads } from "../../../src/ffi/preload.ts";
import type { PoolHead } from "../../../src/heads/head.ts";
import { TARGETS } from "../../../src/target.ts";
import type { Precision, Target } from "../../../src/target.ts";
import type { TokenBatch } from "../../../src/tensor.ts";
import { createBatch } from "../../xla/cells.ts";
import { countOperations, createGemmModel } from "./gemm.ts";
import type { GemmShape } from "./gemm.ts";
import { parseMaps } from "./maps.ts";

const HEAD: PoolHead = { kind: "pool", modes: ["mean"], steps: [{ kind: "normalize" }] };
/** Texts and the tokens of each. */
const SHAPES = [[32, 32], [256, 32], [32, 128], [256, 128]] as const;
const LONGEST = 128;
const WARM_MS = 1500;
const MEASURE_MS = 3000;
/** Compiling ends at some time. */
const READY_MS = 120_000;

interface Facts {
  target: Target;
  libraryPath: string;
  graphFile: string;
  folder: string;
  preload: readonly string[];
}

function readFacts([name, libraryPath = "", graphFile = "", folder = "", ...preload]: readonly string[]): Facts {
  const target = TARGETS.find((known) => known === name);
  if (target === undefined) throw new TypeError(`Cannot measure "${name}": need one of ${TARGETS.join(", ")}`);
  return { target, libraryPath, graphFile, folder, preload };
}

function openBackend({ target, libraryPath, folder }: Facts): Promise<Backend> {
  const worker = new URL(target.startsWith("onnx:") ? "./onnx-worker.js" : "./xla-worker.js", import.meta.url).href;
  const options = { libraryPath, cores: navigator.hardwareConcurrency, workerUrl: worker, onFailure: fail };
  if (target.startsWith("onnx:")) return openOnnxBackend({ ...options, device: target === "onnx:cuda" ? "cuda" : "cpu" });
  return openXlaBackend({ ...options, target, cacheFolder: join(folder, "programs"), xlaFlags: process.env["XLA_FLAGS"] ?? "" });
}

function fail(error: Error): never {
  process.stderr.write(`${formatError(error)}\n`);
  process.exit(1);
}

async function waitUntilCompiled(session: Session): Promise<void> {
  for (const deadline = Date.now() + READY_MS; Date.now() < deadline; await setTimeout(200)) {
    const { ready, planned } = session.stats?.() ?? { ready: 0, planned: 0 };
    if (ready >= planned) return;
  }
}

/** Median milliseconds of one, and how many a second with two in flight, which is what a device is given. */
async function time(run: () => Promise<unknown>): Promise<{ medianMs: number; perSecond: number }> {
  for (const begun = performance.now(); performance.now() - begun < WARM_MS;) await run();
  const samples: number[] = [];
  const begun = performance.now();
  while (samples.length < 3 || performance.now() - begun < MEASURE_MS / 2) {
    const one = performance.now();
    await run();
    samples.push(performance.now() - one);
  }
  const medianMs = samples.sort((a, b) => a - b)[Math.floor(samples.length / 2)] ?? Number.NaN;
  return { medianMs, perSecond: await countPerSecond(run) };
}

async function countPerSecond(run: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const begun = performance.now();
  const work = async (): Promise<void> => {
    while (performance.now() - begun < MEASURE_MS / 2) {
      await run();
      count++;
    }
  };
  await Promise.all([work(), work()]);
  return count / ((performance.now() - begun) / 1000);
}

async function measureModel(backend: Backend, { graphFile }: Facts): Promise<unknown[]> {
  const session = await backend.open({ graphFile, heads: ["pool"], programs: [HEAD], maxTokens: LONGEST });
  try {
    const rows: unknown[] = [];
    for (const [texts, tokens] of SHAPES) rows.push(await measureShape(session, texts, tokens));
    return rows;
  } finally {
    await session.close();
  }
}

async function measureShape(session: Session, texts: number, tokens: number): Promise<unknown> {
  const batch: TokenBatch = createBatch(Array.from({ length: texts }, () => tokens));
  const run = (): Promise<unknown> => session.run(batch, HEAD);
  await run();
  await waitUntilCompiled(session);
  const { medianMs, perSecond } = await time(run);
  return { texts, tokens, medianMs, tokensPerSecond: Math.round(perSecond * texts * tokens) };
}

/** On a GPU what takes milliseconds, on cores what takes a second. */
const resolveShape = (target: Target): GemmShape => (target.endsWith(":cpu") ? { width: 1024, count: 8 } : { width: 4096, count: 32 });

/** In every precision that this engine has. Those that fail say why. */
async function measureGemm(backend: Backend, { target, folder }: Facts): Promise<unknown[]> {
  const shape = resolveShape(target);
  const graphFile = join(folder, "gemm.onnx");
  mkdirSync(folder, { recursive: true });
  writeFileSync(graphFile, createGemmModel(shape));
  const precisions: Precision[] = target.endsWith(":cpu") ? ["f32"] : target.startsWith("onnx:") ? ["f32", "tf32"] : ["f32", "tf32", "bf16"];
  const rows: unknown[] = [];
  for (const precision of precisions) rows.push(await measureProducts(backend, { graphFile, shape, precision }));
  return rows;
}

interface Products {
  graphFile: string;
  shape: GemmShape;
  precision: Precision;
}

async function measureProducts(backend: Backend, { graphFile, shape, precision }: Products): Promise<unknown> {
  try {
    const session = await backend.open({ graphFile, tensorsOnly: true, precision });
    const seed = { dtype: "float32", dims: [1, 1], data: new Uint8Array(new Float32Array([1]).buffer) } as const;
    try {
      const { medianMs } = await time(() => session.runTensors({ seed }));
      return { precision, ...shape, medianMs, teraflops: countOperations(shape) / medianMs / 1e9 };
    } finally {
      await session.close();
    }
  } catch (error) {
    return { precision, ...shape, error: error instanceof Error ? error.message : String(error) };
  }
}

async function measureAll(facts: Facts): Promise<unknown> {
  const preloadErrors = openPreloads(facts.preload);
  const backend = await openBackend(facts);
  const rates = await measureModel(backend, facts);
  const gemm = await measureGemm(backend, facts);
  const maps = Object.fromEntries(parseMaps(readFileSync("/proc/self/smaps", "utf8")));
  const memory = await backend.memory?.();
  await backend.close();
  return { engine: backend.info, rates, gemm, preloadErrors, memory, maps };
}

try {
  process.stdout.write(`${JSON.stringify(await measureAll(readFacts(process.argv.slice(2))))}\n`);
} catch (error) {
  process.stderr.write(`${formatError(error)}\n`);
  process.exit(1);
}
process.exit(0);
