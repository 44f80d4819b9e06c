// Removes what no plugin uses: downloads that were cut short, trees left behind, old versions, objects of none.
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { PLUGIN_NAMES } from "../catalog/lock.ts";
import type { PluginName } from "../catalog/lock.ts";
import { listVersionNames, readCurrent, readInstalled } from "./installed.ts";
import { resolvePluginPaths } from "./paths.ts";
import { discardTree, sweepPartials, sweepStaging } from "./staging.ts";
import { withStoreErrors } from "./store-error.ts";
import { listUnusedObjects, removeObjects } from "./unused-objects.ts";
import { RECEIPT_FILE } from "../search/receipt.ts";
import { findFreeVersion } from "./version-hold.ts";

export interface OldVersion {
  plugin: PluginName;
  /** Folder below `versions`. */
  name: string;
}

export interface GarbageReport {
  freedBytes: number;
  removed: readonly OldVersion[];
  /** Neither counts nor is the one before, but somebody uses it. */
  held: readonly OldVersion[];
  objects: number;
}

/** Under the install lock. What counts, and what `rollback` goes back to, stays. */
export function collectGarbage(pluginsDir: string): Promise<GarbageReport> {
  return withStoreErrors(pluginsDir, async () => {
    let freedBytes = (await sweepPartials(pluginsDir)) + (await sweepStaging(pluginsDir));
    const [removed, held]: [OldVersion[], OldVersion[]] = [[], []];
    for (const old of PLUGIN_NAMES.flatMap((plugin) => listOldVersions(pluginsDir, plugin))) {
      const bytes = await removeFree(pluginsDir, old);
      (bytes === undefined ? held : removed).push(old);
      freedBytes += bytes ?? 0;
    }
    const objects = listUnusedObjects(pluginsDir);
    freedBytes += await removeObjects(pluginsDir, objects);
    return { freedBytes, removed, held, objects: objects.length };
  });
}

/** None where `current` leads to nothing that an install made: which version is wanted cannot be told then. */
function listOldVersions(pluginsDir: string, plugin: PluginName): OldVersion[] {
  const names = listVersionNames(pluginsDir, plugin);
  const link = readCurrent(pluginsDir, plugin);
  if (link === undefined) return names.map((name) => ({ plugin, name }));
  const { installed } = readInstalled(pluginsDir, plugin);
  if (installed === undefined) return [];
  const kept = [installed.name, installed.receipt.replaces];
  return names.filter((name) => !kept.includes(name)).map((name) => ({ plugin, name }));
}

/** `undefined` while somebody uses it. */
async function removeFree(pluginsDir: string, { plugin, name }: OldVersion): Promise<number | undefined> {
  const folder = join(resolvePluginPaths(pluginsDir, plugin).versions, name);
  const isPublished = lstatSync(join(folder, RECEIPT_FILE), { throwIfNoEntry: false }) !== undefined;
  if (!isPublished) return discardTree(pluginsDir, folder);
  const hold = findFreeVersion(folder);
  if (hold === undefined) return undefined;
  try {
    return await discardTree(pluginsDir, folder);
  } finally {
    hold.release();
  }
}
