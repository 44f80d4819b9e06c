// `bun bench/xla/run.ts NAME:mean|cls=FILE.onnx … [--python PYTHON] [--cells 8x32,mixed] [--turns 15] [--json]`: tokens a second of
// xla:cpu and of jax.jit over onnx:cpu, side by side. PYTHON has jax, numpy and onnx; without them that column is missing, and
// said to be. See README.md for what was tried and the figures.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { createRunnerEnvironment } from "../../src/plugins/environment/runner-environment.ts";
import type { Target } from "../../src/target.ts";
import { createCells } from "./cells.ts";
import type { Cell } from "./cells.ts";
import { startChild } from "./child.ts";
import type { Child } from "./child.ts";
import { extractLibraries } from "./libraries.ts";
import { measureCell } from "./series.ts";
import type { Figure } from "./series.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: "string", default: "python3" },
    cells: { type: "string", default: "" },
    turns: { type: "string", default: "15" },
    "turn-ms": { type: "string", default: "300" },
    cores: { type: "string", default: String(navigator.hardwareConcurrency) },
    executable: { type: "string", default: join(import.meta.dir, "../../dist/termite") },
    json: { type: "boolean", default: false },
  },
});

interface Model {
  name: string;
  pooling: string;
  file: string;
}

interface Row {
  model: string;
  cell: string;
  inFlight: number;
  figures: Figure[];
}

function parseModel(text: string): Model {
  const [, name, pooling, file] = /^([^:=]+):(mean|cls)=(.+)$/.exec(text) ?? [];
  if (!name || !pooling || !file) throw new TypeError(`Cannot measure "${text}": need NAME:mean=FILE or NAME:cls=FILE`);
  return { name, pooling, file: resolve(file) };
}

const environmentOf = (target: Target): Record<string, string> => {
  const own = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? ""]));
  return createRunnerEnvironment(target, own, { isGoogleCloud: false, listFolder: () => [] }).environment;
};

async function startAll({ file, pooling }: Model, folder: string): Promise<Child[]> {
  const { onnxruntime, plugin } = await extractLibraries(values.executable, folder);
  const own = (target: Target, library: string): Promise<Child | { lack: string }> => startChild(target, [
    process.execPath, join(import.meta.dir, "engine-child.ts"), target, library, file, pooling, join(folder, "programs"), values.cores,
  ], environmentOf(target));
  const started = [
    await own("onnx:cpu", onnxruntime), await own("xla:cpu", plugin),
    await startChild("jax.jit", [values.python, join(import.meta.dir, "jax-child.py"), file, pooling], environmentOf("onnx:cpu")),
  ];
  return started.filter((child): child is Child => {
    if ("lack" in child) console.error(`jax.jit is not measured: ${child.lack}`);
    return !("lack" in child);
  });
}

const MOST_DIFFERENCE = 1e-4;

/** An engine that answers something else than the first is not measured but wrong. */
async function prepare(children: readonly Child[], { name, batches }: Cell): Promise<void> {
  let expected: readonly (readonly number[])[] | undefined;
  for (const child of children) {
    const reply = await child.ask({ kind: "prepare", batches });
    if (reply.kind !== "prepared") throw new Error(`Cannot measure ${child.name}: found reply "${reply.kind}"`);
    expected ??= reply.vectors;
    const difference = Math.max(...reply.vectors.map((vector, row) => 1 - multiply(vector, expected?.[row] ?? [])));
    if (!(difference < MOST_DIFFERENCE)) throw new Error(`Cannot measure ${child.name} at ${name}: vectors are ${difference} from onnx:cpu's`);
  }
}

const multiply = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);

async function measureModel(model: Model, folder: string): Promise<Row[]> {
  const children = await startAll(model, folder);
  if (!values.json) console.log(`\n${model.name}: ${children.map(({ name, engine }) => `${name} (${engine})`).join(", ")}`);
  try {
    const rows: Row[] = [];
    for (const cell of createCells(values.cells === "" ? [] : values.cells.split(","))) {
      await prepare(children, cell);
      rows.push(...(await measureRows(children, model, cell)));
    }
    return rows;
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}

/** One batch at once, and as many as there are cores. */
async function measureRows(children: readonly Child[], model: Model, cell: Cell): Promise<Row[]> {
  const rows: Row[] = [];
  for (const inFlight of new Set([1, Number(values.cores)])) {
    const options = { turns: Number(values.turns), turnMs: Number(values["turn-ms"]), inFlight };
    const row = { model: model.name, cell: cell.name, inFlight, figures: await measureCell(children, cell, options) };
    rows.push(row);
    if (!values.json) console.log(formatRow(row));
  }
  return rows;
}

function formatRow({ cell, inFlight, figures }: Row): string {
  const parts = figures.map(({ engine, tokensPerSecond, ratio, interval: [low, high] }, i) => {
    const rate = `${engine} ${String(tokensPerSecond).padStart(6)}`;
    return i === 0 ? rate : `${rate} = ${ratio.toFixed(2)} (${low.toFixed(2)}-${high.toFixed(2)})`;
  });
  return `${cell.padEnd(7)} ${inFlight} at once  ${parts.join("   ")}`;
}

const models = positionals.map(parseModel);
if (models.length === 0) throw new TypeError("Cannot measure: found no model in the arguments, need NAME:mean|cls=FILE.onnx");
const folder = mkdtempSync(join(tmpdir(), "termite-bench-xla-"));
try {
  const rows: Row[] = [];
  for (const model of models) rows.push(...(await measureModel(model, folder)));
  if (values.json) console.log(JSON.stringify(rows, null, 2));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
