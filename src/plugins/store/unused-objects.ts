// Which objects an installed version needs, by the receipts of all versions of all plugins.
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { hasErrorCode } from "../../errors.ts";
import { PLUGIN_NAMES } from "../catalog/lock.ts";
import { listVersionNames, readVersion } from "./installed.ts";
import { formatObjectName } from "./object-store.ts";
import { resolveStorePaths } from "./paths.ts";
import { removeTree } from "./staging.ts";

/** Names of objects. Where a file system has no links, a version's copy says nothing of its object: its receipt does. */
export function listUsedObjects(pluginsDir: string): Set<string> {
  const receipts = PLUGIN_NAMES.flatMap((plugin) =>
    listVersionNames(pluginsDir, plugin).flatMap((name) => readVersion(pluginsDir, plugin, name).installed?.receipt ?? []),
  );
  const files = receipts.flatMap((receipt) => receipt.files);
  return new Set(files.flatMap(({ sha256, mode }) => (mode === undefined ? [] : formatObjectName({ sha256, mode }))));
}

/** Objects that no receipt names and no tree is linked to. */
export function listUnusedObjects(pluginsDir: string): string[] {
  const { objects } = resolveStorePaths(pluginsDir);
  const used = listUsedObjects(pluginsDir);
  return listObjects(objects).filter((name) => !used.has(name) && lstatSync(join(objects, name)).nlink <= 1);
}

/** Gives the bytes that became free. */
export async function removeObjects(pluginsDir: string, names: readonly string[]): Promise<number> {
  const { objects } = resolveStorePaths(pluginsDir);
  const there = new Set(listObjects(objects));
  let freedBytes = 0;
  for (const name of names) if (there.has(name)) freedBytes += await removeTree(join(objects, name));
  return freedBytes;
}

function listObjects(objects: string): string[] {
  try {
    return readdirSync(objects);
  } catch (error) {
    if (hasErrorCode(error, ["ENOENT"])) return [];
    throw error;
  }
}
