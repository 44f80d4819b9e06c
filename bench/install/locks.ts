// The locks that are measured, made from the wheels themselves by the script that makes the real ones.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { PluginLock } from "../../src/plugins/catalog/lock.ts";

const ROOT = join(import.meta.dir, "../..");
const SET = "xla-cuda13-linux-x64";

export interface BenchLock {
  /** For TERMITE_PLUGIN_LOCK. */
  path: string;
  requirements: string[];
  /** Compressed, of its files. */
  bytes: number;
}

/** `isAll`: every file of each wheel, as uv would unpack it. */
export async function makeLock(folder: string, wheels: string, isAll: boolean): Promise<BenchLock> {
  const out = join(folder, isAll ? "all" : "needed");
  const script = join(ROOT, "scripts/plugins-lock/run.ts");
  const flags = ["--only", SET, "--wheels", wheels, "--out", out, "--cache", join(folder, "cache"), ...(isAll ? ["--all-files"] : [])];
  const child = Bun.spawn([process.execPath, script, ...flags], { stdout: "ignore", stderr: "ignore" });
  if ((await child.exited) !== 0) throw new Error(`Cannot make a lock: bun ${script} ${flags.join(" ")}`);
  return readLock(join(out, `${SET}.json`));
}

/** Those of its wheels that are wanted, as a version of its own: what another version has brought already is not fetched. */
export async function writePart({ path }: BenchLock, version: string, names: readonly string[]): Promise<BenchLock> {
  const lock: PluginLock = await Bun.file(path).json();
  const wheels = lock.wheels.filter(({ name }) => names.includes(name));
  const folder = join(path, "../..", version);
  mkdirSync(folder, { recursive: true });
  await Bun.write(join(folder, `${SET}.json`), JSON.stringify({ ...lock, version, wheels }));
  return readLock(join(folder, `${SET}.json`));
}

async function readLock(path: string): Promise<BenchLock> {
  const { wheels }: PluginLock = await Bun.file(path).json();
  const bytes = wheels.flatMap(({ files }) => files).reduce((sum, file) => sum + file.compressedBytes, 0);
  return { path, requirements: wheels.map(({ name, version }) => `${name}==${version}`), bytes };
}
