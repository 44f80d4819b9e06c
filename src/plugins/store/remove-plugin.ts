// Takes a plugin away with all its versions, and the objects that only they needed.
import { rmSync, rmdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { hasErrorCode, TermiteError } from "../../errors.ts";
import type { PluginName } from "../catalog/lock.ts";
import type { Receipt } from "../search/receipt.ts";
import { removeDamageMark } from "./damage-mark.ts";
import { syncFolder } from "./folders.ts";
import { listVersionNames, readCurrent, readVersion } from "./installed.ts";
import { checkReplaceable, removeCurrent } from "./links.ts";
import { resolvePluginPaths } from "./paths.ts";
import { discardTree } from "./staging.ts";
import { withStoreErrors } from "./store-error.ts";
import { listUsedObjects, removeObjects } from "./unused-objects.ts";
import { formatObjectName } from "./object-store.ts";
import { createInUse, findFreeVersion } from "./version-hold.ts";
import type { VersionHold } from "./version-hold.ts";

export interface RemoveReport {
  /** Folders below `versions`. */
  versions: readonly string[];
  freedBytes: number;
}

/**
 * Under the install lock. What a person put beside the versions stays. Throws `plugin_not_installed`, and `plugin_in_use`
 * while somebody holds one of them: then all is as it was.
 */
export function removePlugin(pluginsDir: string, plugin: PluginName): Promise<RemoveReport> {
  return withStoreErrors(pluginsDir, () => remove(pluginsDir, plugin));
}

async function remove(pluginsDir: string, plugin: PluginName): Promise<RemoveReport> {
  checkReplaceable(pluginsDir, plugin);
  const versions = listVersionNames(pluginsDir, plugin);
  if (versions.length === 0 && readCurrent(pluginsDir, plugin) === undefined) {
    const hint = "Look with: termite plugin list";
    throw new TermiteError("plugin_not_installed", `Cannot remove "${plugin}": it is not installed`, { hint });
  }
  const readings = versions.map((name) => readVersion(pluginsDir, plugin, name));
  const holds = takeAll(readings.flatMap(({ installed }) => installed?.folder ?? []), plugin);
  try {
    await removeCurrent(pluginsDir, plugin);
    await removeDamageMark(pluginsDir, plugin);
    let freedBytes = 0;
    const { versions: folder } = resolvePluginPaths(pluginsDir, plugin);
    for (const name of versions) freedBytes += await discardTree(pluginsDir, join(folder, name));
    await removeEmptyFolders(pluginsDir, plugin);
    const receipts = readings.flatMap(({ installed }) => installed?.receipt ?? []);
    return { versions, freedBytes: freedBytes + (await removeTheirObjects(pluginsDir, receipts)) };
  } finally {
    for (const hold of holds) hold.release();
  }
}

/** All or none. */
function takeAll(folders: readonly string[], plugin: PluginName): VersionHold[] {
  const holds: VersionHold[] = [];
  for (const folder of folders) {
    const hold = findFreeVersion(folder);
    if (hold !== undefined) {
      holds.push(hold);
      continue;
    }
    for (const taken of holds) taken.release();
    throw createInUse(plugin, folder, "remove");
  }
  return holds;
}

/** Objects of another install that was cut short stay: it goes on with them. */
async function removeTheirObjects(pluginsDir: string, receipts: readonly Receipt[]): Promise<number> {
  const used = listUsedObjects(pluginsDir);
  const theirs = receipts.flatMap(({ files }) => files.flatMap((file) => formatName(file) ?? []));
  return removeObjects(pluginsDir, [...new Set(theirs)].filter((name) => !used.has(name)));
}

function formatName({ sha256, mode }: Receipt["files"][number]): string | undefined {
  return mode === undefined ? undefined : formatObjectName({ sha256, mode });
}

async function removeEmptyFolders(pluginsDir: string, plugin: PluginName): Promise<void> {
  const { folder, versions } = resolvePluginPaths(pluginsDir, plugin);
  rmSync(versions, { recursive: true, force: true });
  await syncFolder(folder);
  for (const each of [folder, dirname(folder)]) {
    try {
      rmdirSync(each);
    } catch (error) {
      // A person's own library is in it, or another plugin.
      if (hasErrorCode(error, ["ENOTEMPTY", "EEXIST"])) return;
      throw error;
    }
  }
  await syncFolder(pluginsDir);
}
