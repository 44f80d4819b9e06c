// What is installed: the version that `current` leads to, and the others that are still there.
import { readdirSync, readlinkSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { hasErrorCode, TermiteError } from "../../errors.ts";
import type { PluginName } from "../catalog/lock.ts";
import { readReceipt, RECEIPT_FILE } from "../search/receipt.ts";
import type { Receipt } from "../search/receipt.ts";
import { resolvePluginPaths } from "./paths.ts";

export interface InstalledVersion {
  plugin: PluginName;
  /** Of its folder below `versions`. */
  name: string;
  /** Links resolved. */
  folder: string;
  receipt: Receipt;
}

/** `problem` says in words why what is there cannot be used; both absent when nothing is installed. */
export interface InstalledReading {
  installed?: InstalledVersion;
  problem?: string;
}

/** The version that counts. Errors of the file system other than absence are thrown as they are. */
export function readInstalled(pluginsDir: string, plugin: PluginName): InstalledReading {
  const link = readCurrent(pluginsDir, plugin);
  if (link === undefined) return {};
  if (link.name === undefined) return { problem: `found "${link.path}", which no install made` };
  return readVersion(pluginsDir, plugin, link.name);
}

/** As above. `verb`: what cannot be done without it. Throws `plugin_not_installed` and `plugin_damaged`. */
export function requireInstalled(pluginsDir: string, plugin: PluginName, verb: string): InstalledVersion {
  const { installed, problem } = readInstalled(pluginsDir, plugin);
  if (installed !== undefined) return installed;
  const hint = `Install it: termite plugin install ${plugin}`;
  if (problem === undefined) {
    throw new TermiteError("plugin_not_installed", `Cannot ${verb} "${plugin}": it is not installed`, { hint });
  }
  throw new TermiteError("plugin_damaged", `Cannot ${verb} "${plugin}": ${problem}`, { hint });
}

/** One of `listVersionNames`. */
export function readVersion(pluginsDir: string, plugin: PluginName, name: string): InstalledReading {
  const { versions } = resolvePluginPaths(pluginsDir, plugin);
  const folder = findFolder(join(versions, name));
  if (folder === undefined) return { problem: `found no "versions/${name}" of "${plugin}"` };
  const { receipt, problem } = readReceipt(folder);
  if (problem !== undefined) return { problem };
  if (receipt === undefined) return { problem: `found no "${RECEIPT_FILE}" in "versions/${name}" of "${plugin}"` };
  if (receipt.plugin !== plugin) return { problem: `found a receipt of "${receipt.plugin}", need one of "${plugin}"` };
  return { installed: { plugin, name, folder, receipt } };
}

/** Folders below `versions`, whatever is in them. */
export function listVersionNames(pluginsDir: string, plugin: PluginName): string[] {
  try {
    return readdirSync(resolvePluginPaths(pluginsDir, plugin).versions).sort();
  } catch (error) {
    if (hasErrorCode(error, ["ENOENT", "ENOTDIR"])) return [];
    throw error;
  }
}

export interface CurrentLink {
  path: string;
  /** Folder below `versions` that it leads to, there or not; absent where it is no link that an install made. */
  name?: string;
}

/** `undefined` where nothing of that name is there. */
export function readCurrent(pluginsDir: string, plugin: PluginName): CurrentLink | undefined {
  const { current: path } = resolvePluginPaths(pluginsDir, plugin);
  try {
    const name = /^versions\/([^/]+)$/.exec(readlinkSync(path))?.[1];
    return name === undefined || name === "." || name === ".." ? { path } : { path, name };
  } catch (error) {
    if (hasErrorCode(error, ["ENOENT", "ENOTDIR"])) return undefined;
    // Not a link.
    if (hasErrorCode(error, ["EINVAL"])) return { path };
    throw error;
  }
}

function findFolder(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    if (hasErrorCode(error, ["ENOENT", "ENOTDIR"])) return undefined;
    throw error;
  }
}
