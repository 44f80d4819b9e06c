// That `plugin verify` found a plugin damaged is remembered beside it, so that the next `plugin install` mends what it
// would take for whole by names and sizes.
import { accessSync, constants, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasErrorCode } from "../../errors.ts";
import type { PluginName } from "../catalog/lock.ts";
import type { Receipt } from "../search/receipt.ts";
import { syncFolder } from "./folders.ts";
import { tryInstallLock } from "./install-lock.ts";
import type { InstalledVersion } from "./installed.ts";
import { openObjectStore } from "./object-store.ts";
import { resolvePluginPaths } from "./paths.ts";
import { readSha256 } from "./read-sha256.ts";
import type { TreeProblem } from "./tree-problems.ts";

const FILE = "damaged";

/**
 * Takes objects that are wrong themselves out of the store and leaves a mark, or takes the mark away where nothing is wrong.
 * Changes nothing where this user may not, or while an install runs.
 */
export async function rememberDamage(
  pluginsDir: string,
  { plugin, receipt }: InstalledVersion,
  problems: readonly TreeProblem[],
): Promise<void> {
  if (problems.length === 0 && !hasDamageMark(pluginsDir, plugin)) return;
  if (!isWritable(resolvePluginPaths(pluginsDir, plugin).folder)) return;
  const wrong = new Set(problems.map(({ path }) => path));
  await tryInstallLock(pluginsDir, async () => {
    if (problems.length === 0) return removeDamageMark(pluginsDir, plugin);
    await removeWrongObjects(pluginsDir, receipt.files.filter(({ path }) => wrong.has(path)));
    const lines = problems.map(({ path, kind, found }) => `${kind} ${path}${found === undefined ? "" : `: ${found}`}\n`);
    writeFileSync(formatMarkPath(pluginsDir, plugin), lines.join(""));
  });
}

/** An object that is right stays, though the tree's file is not: what mended another plugin mends this one. */
async function removeWrongObjects(pluginsDir: string, files: Receipt["files"]): Promise<void> {
  const objects = openObjectStore(pluginsDir);
  for (const { sha256, sizeBytes, mode } of files) {
    if (mode === undefined) continue;
    const object = { sha256, sizeBytes, mode };
    const isRight = objects.has(object) && (await readSha256(objects.path(object))) === sha256;
    if (!isRight) await objects.remove(object);
  }
}

export function hasDamageMark(pluginsDir: string, plugin: PluginName): boolean {
  return existsSync(formatMarkPath(pluginsDir, plugin));
}

/** Under the install lock; none there is fine. */
export async function removeDamageMark(pluginsDir: string, plugin: PluginName): Promise<void> {
  if (!hasDamageMark(pluginsDir, plugin)) return;
  rmSync(formatMarkPath(pluginsDir, plugin), { force: true });
  await syncFolder(resolvePluginPaths(pluginsDir, plugin).folder);
}

function formatMarkPath(pluginsDir: string, plugin: PluginName): string {
  return join(resolvePluginPaths(pluginsDir, plugin).folder, FILE);
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch (error) {
    // Not there: removed since it was read.
    if (hasErrorCode(error, ["EACCES", "EPERM", "EROFS", "ENOENT"])) return false;
    throw error;
  }
}
