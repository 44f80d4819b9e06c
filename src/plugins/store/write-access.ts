// Whether this user may install into a `plugins_dir`: found out before the first byte, without changing anything.
import { accessSync, constants, lstatSync, statSync } from "node:fs";
import type { Stats } from "node:fs";
import { dirname } from "node:path";
import { hasErrorCode, TermiteError } from "../../errors.ts";
import type { PluginName } from "../catalog/lock.ts";
import { findOwnershipProblem } from "../search/ownership.ts";
import type { Owner } from "../search/ownership.ts";
import { resolvePluginPaths, resolveStorePaths } from "./paths.ts";
import { createNotWritable } from "./store-error.ts";

export interface AccessOptions {
  pluginsDir: string;
  /** Absent: only what all plugins share is looked at. */
  plugin?: PluginName;
  owner: Owner | undefined;
}

/**
 * Throws `plugins_not_writable` where this user may not write, and `plugin_refused` where somebody else could change what
 * is installed: folders must belong to the user or root and be writable by nobody else.
 */
export function checkWriteAccess(options: AccessOptions): void {
  const { pluginsDir } = options;
  const found = statSync(pluginsDir, { throwIfNoEntry: false });
  if (found === undefined) return checkWritable(findExisting(dirname(pluginsDir)), pluginsDir);
  for (const folder of listFolders(options)) {
    // `plugins_dir` itself may be a link of its owner's.
    const state = folder === pluginsDir ? found : lstatSync(folder, { throwIfNoEntry: false });
    if (state !== undefined) checkFolder(folder, state, options);
  }
}

/** Those that an install writes to, outermost first. */
function listFolders({ pluginsDir, plugin }: AccessOptions): string[] {
  const { objects, partial, staging, locks } = resolveStorePaths(pluginsDir);
  const shared = [pluginsDir, dirname(objects), objects, partial, staging, locks];
  if (plugin === undefined) return shared;
  const { folder, versions } = resolvePluginPaths(pluginsDir, plugin);
  return [...shared, dirname(folder), folder, versions];
}

function checkFolder(folder: string, state: Stats, { pluginsDir, owner }: AccessOptions): void {
  const refuse = (found: string): TermiteError => {
    const hint = "Mend it, or set plugins_dir to a folder of your own";
    return new TermiteError("plugin_refused", `Cannot change the plugins in "${pluginsDir}": ${found}`, { hint });
  };
  if (!state.isDirectory()) throw refuse(`found "${folder}", which is not a folder`);
  const problem = owner === undefined ? undefined : findOwnershipProblem(folder, state, owner);
  if (problem !== undefined) throw refuse(problem);
  checkWritable(folder, pluginsDir);
}

function checkWritable(folder: string, pluginsDir: string): void {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    if (!hasErrorCode(error, ["EACCES", "EPERM", "EROFS"])) throw error;
    const words = hasErrorCode(error, ["EROFS"]) ? "the file system is read-only" : "permission denied";
    throw createNotWritable(pluginsDir, folder === pluginsDir ? words : `${words} for "${folder}"`, error);
  }
}

function findExisting(path: string): string {
  const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
  return isThere || path === dirname(path) ? path : findExisting(dirname(path));
}
