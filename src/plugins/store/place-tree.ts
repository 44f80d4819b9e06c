// Gives a whole tree its name among the versions in one step, also where a tree of that name is there already.
import { lstatSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { PluginName } from "../catalog/lock.ts";
import { openFileSystem } from "../../ffi/file-system.ts";
import { RECEIPT_FILE } from "../search/receipt.ts";
import { createInnerFolder, syncFolder } from "./folders.ts";
import { readCurrent } from "./installed.ts";
import { resolvePluginPaths } from "./paths.ts";
import { discardTree } from "./staging.ts";
import { createInUse, findFreeVersion } from "./version-hold.ts";
import type { VersionHold } from "./version-hold.ts";

const OTHER = "~";

export interface TreePlace {
  pluginsDir: string;
  plugin: PluginName;
  name: string;
}

/**
 * Gives the tree in `staging` its name among the versions, for good, and that name back. Throws `plugin_in_use` while
 * somebody holds the tree of that name.
 */
export async function placeTree(staging: string, place: TreePlace): Promise<string> {
  const { versions } = resolvePluginPaths(place.pluginsDir, place.plugin);
  await createInnerFolder(place.pluginsDir, versions);
  const folder = join(versions, place.name);
  if (!isThere(folder)) renameSync(staging, folder);
  else if (!(await replaceTree(staging, folder, place))) return placeBeside(staging, versions, place);
  await syncFolder(versions);
  return place.name;
}

/** The old tree and the new one trade places, then the old one goes. False: the file system cannot do that. */
async function replaceTree(staging: string, folder: string, { plugin }: TreePlace): Promise<boolean> {
  const hold = takeVersion(folder, plugin);
  try {
    if (!openFileSystem().exchange(staging, folder)) return false;
    await syncFolder(join(folder, ".."));
    return true;
  } finally {
    hold?.release();
  }
}

/** Where names cannot be exchanged, the new tree takes the other of two, so that there is always a whole one. */
async function placeBeside(staging: string, versions: string, { pluginsDir, plugin, name }: TreePlace): Promise<string> {
  const counting = readCurrent(pluginsDir, plugin)?.name;
  const free = counting === name ? `${name}${OTHER}` : name;
  if (isThere(join(versions, free))) {
    takeVersion(join(versions, free), plugin)?.release();
    await discardTree(pluginsDir, join(versions, free));
  }
  renameSync(staging, join(versions, free));
  await syncFolder(versions);
  return free;
}

/** The version's name of a folder that may be the other of two. */
export function resolveVersionName(name: string): string {
  return name.endsWith(OTHER) ? name.slice(0, -OTHER.length) : name;
}

/** Nobody holds it until the result is released. A tree without a receipt was never used by anybody. */
function takeVersion(folder: string, plugin: PluginName): VersionHold | undefined {
  if (!isThere(join(folder, RECEIPT_FILE))) return undefined;
  const hold = findFreeVersion(folder);
  if (hold !== undefined) return hold;
  throw createInUse(plugin, folder, "replace");
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
