// What runs on the device machine, on the Bun inside the compiled file: `run.js --kept DIR --out DIR [--plugin onnx:cuda] [--engines A,B]
// [--force] [--seconds 540] [--only NAMES]`. Without a plugin: what the machine is. Everything found lands in OUT/result.json, everything
// said in OUT/log.txt. Ends with 1 where a step failed.
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { createSystem } from "../../../src/plugins/detect/system.ts";
import { readRuntime } from "../../../src/plugins/environment/read-runtime.ts";
import { TARGETS } from "../../../src/target.ts";
import { extractLibraries } from "../../xla/libraries.ts";
import { createEnvironment, runCommand, runTermite } from "./command.ts";
import type { Machine } from "./command.ts";
import { readTree } from "./installed.ts";
import type { InstalledTree } from "./installed.ts";
import { compareTree } from "./maps.ts";
import type { TreeUse } from "./maps.ts";
import { measureServed } from "./served.ts";
import { createSteps } from "./steps.ts";
import { tryWithout } from "./trial.ts";

/** What `onnx:cuda` has to reach beside the CPU. */
const LEAST_COSINE = 0.9999;

const { values } = parseArgs({
  options: {
    kept: { type: "string", default: "" },
    out: { type: "string", default: "" },
    plugin: { type: "string" },
    model: { type: "string", default: "" },
    engines: { type: "string" },
    force: { type: "boolean", default: false },
    seconds: { type: "string", default: "540" },
    only: { type: "string" },
  },
});

const { plugin } = values;
const machine: Machine = { executable: join(values.kept, "termite"), kept: values.kept, out: values.out, model: values.model };
const steps = createSteps({ out: values.out, facts: { plugin, model: values.model, date: new Date().toISOString() }, seconds: Number(values.seconds) });
const wants = (name: string): boolean => values.only === undefined || values.only.split(",").includes(name);

async function describeMachine(seconds: number): Promise<unknown> {
  const query = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total,compute_cap", "--format=csv"];
  const gpu = Bun.which("nvidia-smi") === null ? "no nvidia-smi" : (await runCommand(machine, query, { seconds: Math.min(seconds, 30), takesFailure: true })).stdout;
  const version = await runTermite(machine, ["version", "--json"], { seconds: 30 });
  return { gpu: gpu.trim().split("\n"), cores: navigator.hardwareConcurrency, termite: JSON.parse(version.stdout) };
}

/** Ends with 1 where something stands in the way, and says what all the same. */
async function runDoctor(seconds: number): Promise<unknown> {
  const { code, stdout } = await runTermite(machine, ["doctor", "--json", "--offline"], { seconds: Math.min(seconds, 120), takesFailure: true });
  return { code, ...JSON.parse(stdout) };
}

async function measurePlugin(plugin: string): Promise<void> {
  if (wants("install")) {
    if ((await steps.run("install", (seconds) => install(plugin, seconds))) === undefined) return;
    await steps.run("plugin verify", async (seconds) => parseLines((await runTermite(machine, ["plugin", "verify", plugin, "--json"], { seconds })).stdout));
  }
  for (const engine of values.engines?.split(",") ?? [plugin]) await measureEngine(plugin, engine);
}

/** Its events but for progress; the device's probe is among them. */
async function install(plugin: string, seconds: number): Promise<unknown> {
  const bundle = join(values.kept, "pieces", `${plugin.replace(":", "-")}.tar.000`);
  const flags = ["--from", bundle, "--offline", "--yes", "--json", ...(values.force ? ["--force"] : [])];
  const { stdout } = await runTermite(machine, ["plugin", "install", plugin, ...flags], { seconds });
  return parseLines(stdout).filter(({ event }) => event !== "progress" && event !== "verified");
}

const parseLines = (text: string): Record<string, unknown>[] =>
  text.trimStart().startsWith("{\"event\"") ? text.trim().split("\n").map((line) => JSON.parse(line)) : [JSON.parse(text)];

async function measureEngine(plugin: string, engine: string): Promise<void> {
  if (wants("answers")) await steps.run(`answers of ${engine} beside onnx:cpu`, (seconds) => compareAnswers(engine, seconds));
  const tree = readTree(homedir(), plugin);
  if (wants("served")) await steps.run(`served by ${engine}`, (seconds) => measureServer(tree, engine, seconds));
  const alone = wants("alone") ? await steps.run(`${engine} alone`, (seconds) => measureAlone(tree, engine, seconds)) : undefined;
  if (alone !== undefined && engine === plugin && wants("trial")) {
    await steps.run(`${engine} with only what it had in memory`, (seconds) => tryWithout(machine, engine, { tree, use: alone.use, seconds }));
  }
}

async function compareAnswers(engine: string, seconds: number): Promise<unknown> {
  const flags = ["--engines", `onnx:cpu,${engine}`, "--models-dir", join(values.kept, "models"), "--json"];
  const { code, stdout, lastLines } = await runTermite(machine, ["verify", machine.model, ...flags], { seconds, takesFailure: true });
  if (stdout.trim() === "") throw new Error(`"termite verify" ended with ${code}: ${lastLines}`);
  const report: { pairs: { left: string; right: string; minCosine: number }[] } = JSON.parse(stdout);
  const pair = report.pairs.find(({ left, right }) => left === "onnx:cpu" && right === engine);
  if (pair === undefined || !(pair.minCosine >= LEAST_COSINE)) throw new Error(`found cosine ${pair?.minCosine}, need ${LEAST_COSINE}; all of it is in log.txt`);
  return report;
}

async function measureServer(tree: InstalledTree, engine: string, seconds: number): Promise<unknown> {
  const { maps, ...served } = await measureServed(machine, engine, seconds);
  if (served.target !== engine) throw new Error(`"/api/ps" says that "${served.target}" serves, not "${engine}"`);
  return { ...served, use: compareTree(tree.files, tree.root, maps) };
}

/** Without the preloads on XLA, which finds its libraries itself: what is in memory then is what it asked for. */
async function measureAlone(tree: InstalledTree, engine: string, seconds: number): Promise<{ use: TreeUse }> {
  const target = TARGETS.find((known) => known === engine);
  if (target === undefined) throw new Error(`There is no engine "${engine}"`);
  const libraryPath = await findLibrary(tree, engine);
  const system = createSystem({ environment: createEnvironment(), platform: { os: process.platform, arch: process.arch } });
  const { environment, preload } = readRuntime(target, { libraryPath, environment: createEnvironment(), system });
  const graphFile = join(values.kept, "models", machine.model, "model.onnx");
  const folder = join(values.kept, "work");
  mkdirSync(folder, { recursive: true });
  const program = join(import.meta.dir, "engine-child.js");
  const command = [machine.executable, program, engine, libraryPath, graphFile, folder, ...(engine === "onnx:cuda" ? preload : [])];
  const { stdout } = await runCommand(machine, command, { seconds, environment: { ...environment, BUN_BE_BUN: "1" } });
  const { maps, ...found }: { maps: Record<string, number> } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  return { ...found, use: compareTree(tree.files, tree.root, new Map(Object.entries(maps))) };
}

/** Of the plugin, or of the executable for the CPU. */
async function findLibrary(tree: InstalledTree, engine: string): Promise<string> {
  if (!engine.endsWith(":cpu")) return tree.library;
  const { onnxruntime, plugin } = await extractLibraries(machine.executable, join(values.kept, "libraries"));
  const library = engine === "onnx:cpu" ? onnxruntime : plugin;
  if (!existsSync(library)) throw new Error(`There is no "${basename(library)}"`);
  return library;
}

// What made a Bun of the compiled file: children are to be termite.
delete process.env["BUN_BE_BUN"];
await steps.run("machine", describeMachine);
if (wants("doctor")) await steps.run("doctor", runDoctor);
if (plugin !== undefined) await measurePlugin(plugin);
process.exit(steps.ok ? 0 : 1);
