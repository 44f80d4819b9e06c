// Reads every byte of an installed plugin again and holds it against the receipt.
import { join } from "node:path";
import type { PluginName } from "../catalog/lock.ts";
import { hashFiles } from "./hash-files.ts";
import { requireInstalled } from "./installed.ts";
import type { InstalledVersion } from "./installed.ts";
import { rememberDamage } from "./damage-mark.ts";
import { findTreeProblems } from "./tree-problems.ts";
import type { TreeProblem } from "./tree-problems.ts";

export interface VerifyOptions {
  pluginsDir: string;
  plugin: PluginName;
  /** How many files are read at once. */
  cores: number;
  onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface VerifyReport {
  installed: InstalledVersion;
  /** Empty when every file is right. */
  problems: readonly TreeProblem[];
  files: number;
  sizeBytes: number;
}

/**
 * Throws `plugin_not_installed`, and `plugin_damaged` where there is no receipt to hold it against. What is found wrong
 * is remembered where that can be written, so that the next install fetches it anew. Takes no lock for long.
 */
export async function verifyInstalled(options: VerifyOptions): Promise<VerifyReport> {
  const { pluginsDir, plugin } = options;
  const installed = requireInstalled(pluginsDir, plugin, "verify");
  const { files } = installed.receipt;
  const problems = await findProblems(installed, options);
  await rememberDamage(pluginsDir, installed, problems);
  return { installed, problems, files: files.length, sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0) };
}

async function findProblems(installed: InstalledVersion, options: VerifyOptions): Promise<TreeProblem[]> {
  const { folder, receipt } = installed;
  const known = findTreeProblems(folder, receipt);
  const wrong = new Set(known.map(({ path }) => path));
  const whole = receipt.files.filter(({ path }) => !wrong.has(path)).sort((one, other) => other.sizeBytes - one.sizeBytes);
  const totalBytes = whole.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let doneBytes = 0;
  const onBytes = (count: number): void => {
    doneBytes += count;
    options.onProgress?.(doneBytes, totalBytes);
  };
  const paths = whole.map(({ path }) => join(folder, path));
  const hashes = await hashFiles(paths, { cores: options.cores, signal: options.signal, onBytes });
  const changed = whole.flatMap(({ path, sha256 }, index): TreeProblem[] => {
    const hash = hashes[index];
    if (hash?.sha256 === sha256) return [];
    const found = hash?.problem ?? `found sha256 ${hash?.sha256}, need ${sha256}`;
    return [{ path, kind: "changed", found }];
  });
  return [...known, ...changed].sort((one, other) => (one.path < other.path ? -1 : 1));
}
