// What travels: the compiled file, the program that measures with it, a model, and plugins as bundles of the product itself.
import { mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { packParts, PIECE_BYTES, writePieces } from "./pieces.ts";
import type { Cargo } from "./plan.ts";

const ROOT = join(import.meta.dir, "../..");

export interface CargoOptions {
  executable: string;
  /** Where pieces and what they are made of are written. */
  folder: string;
}

/** The programs for the machine, each one file: nothing of node_modules travels. */
const PROGRAMS = ["bench/device/there/run.ts", "bench/device/there/engine-child.ts", "src/backends/onnx/worker.ts", "src/backends/xla/worker.ts"];

export async function packProgram({ folder }: CargoOptions): Promise<Cargo> {
  const out = join(folder, "program");
  rmSync(out, { recursive: true, force: true });
  for (const program of PROGRAMS) {
    const result = await Bun.build({ entrypoints: [join(ROOT, program)], target: "bun", throw: false });
    const [built] = result.outputs;
    if (!result.success || built === undefined) throw new Error(`Cannot bundle "${program}":\n${result.logs.map(String).join("\n")}`);
    await Bun.write(join(out, formatProgram(program)), built);
  }
  return packFolder(out, ".", { name: "program.tar", folder });
}

/** "src/backends/onnx/worker.ts" to "onnx-worker.js": there they lie side by side. */
function formatProgram(path: string): string {
  const name = basename(path, ".ts");
  return name === "worker" ? `${basename(dirname(path))}-worker.js` : `${name}.js`;
}

export const packExecutable = ({ executable, folder }: CargoOptions): Promise<Cargo> => writePieces(executable, "termite", preparePieces(folder));

/** `model`: a folder as `~/.termite/models` holds it. */
export const packModel = (model: string, { folder }: CargoOptions): Promise<Cargo> =>
  packFolder(dirname(model), basename(model), { name: "model.tar", folder });

async function packFolder(base: string, entry: string, { name, folder }: { name: string; folder: string }): Promise<Cargo> {
  const tar = join(folder, name);
  await runGood(["tar", "-chf", tar, "-C", base, entry], {});
  try {
    return await writePieces(tar, name, preparePieces(folder));
  } finally {
    rmSync(tar);
  }
}

export interface BundleOptions extends CargoOptions {
  /** "onnx:cuda" */
  plugin: string;
  /** A package index or a folder of wheels; absent: what the machine is set to. */
  index?: string | undefined;
}

/** Installs the plugin into a home of its own, exports it, and forgets that home. */
export async function packPlugin({ executable, folder, plugin, index }: BundleOptions): Promise<Cargo> {
  const home = mkdtempSync(join(folder, "home-"));
  const name = formatBundle(plugin);
  try {
    const environment = { TERMITE_HOME: join(home, ".termite") };
    const from = index === undefined ? [] : ["--plugins-index-url", index];
    await runGood([executable, "plugin", "install", plugin, "--force", "--yes", "--quiet", ...from], environment);
    const split = ["-o", join(home, name), "--split", String(PIECE_BYTES)];
    await runGood([executable, "plugin", "export", plugin, "--quiet", ...split], environment);
    const parts = await Array.fromAsync(new Bun.Glob(`${name}.*`).scan({ cwd: home, absolute: true }));
    return await packParts(parts.sort(), name, preparePieces(folder));
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** "onnx:cuda" to "onnx-cuda.tar" */
export const formatBundle = (plugin: string): string => `${plugin.replace(":", "-")}.tar`;

export const findPieces = (folder: string): string => join(folder, "pieces");

function preparePieces(folder: string): string {
  mkdirSync(findPieces(folder), { recursive: true });
  return findPieces(folder);
}

/** The pieces of a call go into its own folder, with their sums. */
export async function writeCall(folder: string, call: { sums: string; whole: string; pieces: Cargo["pieces"] }, target: string): Promise<void> {
  mkdirSync(target, { recursive: true });
  for (const { name } of call.pieces) renameSync(join(findPieces(folder), `${name}.gz`), join(target, `${name}.gz`));
  await Bun.write(join(target, "SUMS"), call.sums);
  await Bun.write(join(target, "WHOLE"), call.whole);
}

async function runGood(command: readonly string[], environment: Readonly<Record<string, string>>): Promise<void> {
  const child = Bun.spawn([...command], { env: { ...process.env, ...environment }, stdin: "ignore", stdout: "ignore", stderr: "inherit" });
  const code = await child.exited;
  if (code !== 0) throw new Error(`Cannot make the cargo: "${command.slice(0, 4).join(" ")} …" ended with ${code}`);
}
