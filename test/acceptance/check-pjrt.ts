// Our binding on three PJRT plugins that others have published: load, compile, product, serialize, load back.
import { join } from "node:path";
import { runGood } from "./command.ts";
import { CACHE } from "./places.ts";
import type { PjrtRun } from "./pjrt-child.ts";
import { openPython } from "./python.ts";
import type { Report } from "./report.ts";
import { check } from "./report.ts";

/** Requirement and the version of the C API in it. */
const PLUGINS = [
  ["xla-cpu-pjrt==0.0.1", "0.81"],
  ["fastatomstruct-xla-cpu==2026.6.23", "0.106"],
  ["lammps-jax-pjrt-cpu==0.11.2", "0.115"],
] as const;

export async function checkPjrt(report: Report): Promise<void> {
  for (const [requirement, version] of PLUGINS) {
    await report.check(`${requirement} runs a product, and again from its serialized form`, async () => {
      return checkPlugin(await fetchPlugin(requirement), version);
    });
  }
}

/** In a process of its own: a process loads one plugin. */
async function checkPlugin(plugin: string, version: string): Promise<string> {
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: "3" };
  const script = join(import.meta.dir, "pjrt-child.ts");
  const found: PjrtRun = JSON.parse(await runGood([process.execPath, script, plugin], { env, timeoutMs: 120_000 }));
  check(found.version === version, `version "${found.version}", need "${version}"`);
  check(found.worstError === 0, `worst error ${found.worstError} after compiling, need 0`);
  check(found.loadedError === 0, `worst error ${found.loadedError} after loading, need 0`);
  const times = `compiled in ${found.compileMs} ms, ${found.serializedBytes} bytes loaded in ${found.loadMs} ms`;
  return `PJRT ${found.version} on ${found.platform}, worst error ${found.worstError} of ${found.numbers}, ${times}`;
}

/** The one shared object of a wheel, unpacked in the cache folder. */
async function fetchPlugin(requirement: string): Promise<string> {
  const folder = join(CACHE, "pjrt", requirement);
  const known = await findFile(folder, "**/*.so");
  if (known !== undefined) return known;
  const python = await openPython();
  const pip = [python, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"];
  await runGood([...pip, "--dest", folder, requirement]);
  const wheel = await findFile(folder, "*.whl");
  check(wheel !== undefined, `pip downloaded no wheel of ${requirement}`);
  await runGood([python, "-m", "zipfile", "-e", wheel, folder]);
  const plugin = await findFile(folder, "**/*.so");
  check(plugin !== undefined, `there is no shared object in ${requirement}`);
  return plugin;
}

async function findFile(folder: string, pattern: string): Promise<string | undefined> {
  try {
    const [file] = await Array.fromAsync(new Bun.Glob(pattern).scan({ cwd: folder, absolute: true }));
    return file;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
