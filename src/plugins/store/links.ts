// The two links of a plugin's folder: `current`, which says what counts, and the library's name for others. Each changes
// in one rename. What a person put there under these names is never touched.
import { lstatSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { hasErrorCode, TermiteError } from "../../errors.ts";
import type { PluginName } from "../catalog/lock.ts";
import { readCurrent } from "./installed.ts";
import { syncFolder } from "./folders.ts";
import { resolvePluginPaths } from "./paths.ts";
import { createStaging } from "./staging.ts";

export interface FlipOptions {
  pluginsDir: string;
  plugin: PluginName;
  /** Folder below `versions`. */
  name: string;
  /** The plugin library, as a path in the tree. */
  library: string | undefined;
}

/** Throws `plugin_refused` where `current` is something that no install made. */
export function checkReplaceable(pluginsDir: string, plugin: PluginName): void {
  const link = readCurrent(pluginsDir, plugin);
  if (link === undefined || link.name !== undefined) return;
  const message = `Cannot change "${plugin}": found "${link.path}", which no install made`;
  throw new TermiteError("plugin_refused", message, { hint: "Move it away first" });
}

/** Makes a version the one that counts; lasts through a power cut when it resolves. */
export async function flipCurrent({ pluginsDir, plugin, name, library }: FlipOptions): Promise<void> {
  const { folder, current, link } = resolvePluginPaths(pluginsDir, plugin);
  const staging = await createStaging(pluginsDir);
  const named = library === undefined || link === undefined ? undefined : { link, target: `current/${library}` };
  // Before the first `current`, so that the link is there whenever `current` is.
  if (named !== undefined && readText(named.link) === undefined) replaceLink(named.link, named.target, staging);
  replaceLink(current, `versions/${name}`, staging);
  if (named !== undefined && isOwnLink(named.link)) replaceLink(named.link, named.target, staging);
  await syncFolder(folder);
  rmSync(staging, { recursive: true });
}

/** Nothing counts any more. */
export async function removeCurrent(pluginsDir: string, plugin: PluginName): Promise<void> {
  const { folder, current, link } = resolvePluginPaths(pluginsDir, plugin);
  rmSync(current, { force: true });
  if (link !== undefined && isOwnLink(link)) rmSync(link, { force: true });
  await syncFolder(folder);
}

/** Whether the library's link leads where `library` is; true where the plugin has none or a person put one there. */
export function hasLibraryLink(pluginsDir: string, plugin: PluginName, library: string): boolean {
  const { link } = resolvePluginPaths(pluginsDir, plugin);
  if (link === undefined) return true;
  const text = readText(link);
  return text === `current/${library}` || (text !== undefined && !text.startsWith("current/"));
}

function isOwnLink(link: string): boolean {
  return readText(link)?.startsWith("current/") === true;
}

/** Made in `staging`, where a process that dies leaves nothing for ever. */
function replaceLink(link: string, target: string, staging: string): void {
  if (readText(link) === target) return;
  const temporary = join(staging, "link");
  symlinkSync(target, temporary);
  renameSync(temporary, link);
}

/** What a link says; "" for what is no link; `undefined` where nothing is. */
function readText(link: string): string | undefined {
  if (lstatSync(link, { throwIfNoEntry: false }) === undefined) return undefined;
  try {
    return readlinkSync(link);
  } catch (error) {
    if (hasErrorCode(error, ["EINVAL"])) return "";
    throw error;
  }
}
