// The proof of a smaller set: a tree of only those files, put there by hand, that gives the same vectors.
import { linkSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { runTermite } from "./command.ts";
import type { Machine } from "./command.ts";
import type { InstalledTree } from "./installed.ts";
import type { TreeUse } from "./maps.ts";

const LIBRARY = /\.so(?:\.|$)/;

export interface Trial {
  leftOut: string[];
  leftOutBytes: number;
  keptBytes: number;
  /** What a download of the kept ones takes. */
  fetchBytes: number | undefined;
  verify: unknown;
}

/** Without the libraries that were never in memory. Tools and data stay: maps do not show who reads them. */
export async function tryWithout(machine: Machine, engine: string, given: { tree: InstalledTree; use: TreeUse; seconds: number }): Promise<Trial> {
  const { tree, use, seconds } = given;
  const leftOut = use.unmapped.filter(({ path }) => LIBRARY.test(path));
  const kept = tree.files.filter((file) => !leftOut.some(({ path }) => path === file.path));
  const folder = join(machine.kept, "trial");
  rmSync(folder, { recursive: true, force: true });
  for (const { path } of kept) place(join(tree.root, path), join(folder, engine.replace(":", "/"), "current", path));
  try {
    const flags = ["--engines", `onnx:cpu,${engine}`, "--plugins-dir", folder, "--models-dir", join(machine.kept, "models"), "--json"];
    const { stdout } = await runTermite(machine, ["verify", machine.model, ...flags], { seconds });
    const compressed = kept.map(({ compressedBytes }) => compressedBytes ?? Number.NaN);
    const fetchBytes = compressed.reduce((total, bytes) => total + bytes, 0);
    return {
      leftOut: leftOut.map(({ path }) => path), leftOutBytes: sum(leftOut), keptBytes: sum(kept),
      fetchBytes: Number.isNaN(fetchBytes) ? undefined : fetchBytes, verify: JSON.parse(stdout),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const sum = (files: readonly { sizeBytes: number }[]): number => files.reduce((total, { sizeBytes }) => total + sizeBytes, 0);

/** On the file system of the tree: all of it lies in what is kept. */
function place(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  linkSync(from, to);
}
