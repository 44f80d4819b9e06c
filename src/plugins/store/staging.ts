// Folders where trees are made and thrown away, so that no name of a version ever shows half a tree. Whatever is there
// while nobody has the install lock was left by a process that died.
import { chmodSync, mkdtempSync, readdirSync, renameSync } from "node:fs";
import { lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { hasErrorCode } from "../../errors.ts";
import { createInnerFolder } from "./folders.ts";
import { resolveStorePaths } from "./paths.ts";

/** A new, empty folder. */
export async function createStaging(pluginsDir: string): Promise<string> {
  const { staging } = resolveStorePaths(pluginsDir);
  await createInnerFolder(pluginsDir, staging);
  const folder = mkdtempSync(join(staging, "tree-"));
  chmodSync(folder, 0o755);
  return folder;
}

/** Under the install lock. */
export async function sweepStaging(pluginsDir: string): Promise<number> {
  return removeContents(resolveStorePaths(pluginsDir).staging);
}

/**
 * Under the install lock: removes downloads but those whose names begin with one of the hashes of `keep`, which are to be
 * gone on with.
 */
export async function sweepPartials(pluginsDir: string, keep: ReadonlySet<string> = new Set()): Promise<number> {
  return removeContents(resolveStorePaths(pluginsDir).partial, (name) => keep.has(name.slice(0, 64)));
}

/** Whether a process that died left something that the next install will remove. */
export function hasLeftovers(pluginsDir: string): boolean {
  return listNames(resolveStorePaths(pluginsDir).staging).length > 0;
}

/** Takes a tree out of sight in one rename, then removes it. Gives the bytes that became free. */
export async function discardTree(pluginsDir: string, folder: string): Promise<number> {
  const aside = await createStaging(pluginsDir);
  renameSync(folder, join(aside, "old"));
  return removeTree(aside);
}

/** Removes a file, or a folder with what is in it; gives the bytes of files whose last link it was. */
export async function removeTree(path: string): Promise<number> {
  const freedBytes = await readLastLinkBytes(path);
  await rm(path, { recursive: true, force: true });
  return freedBytes;
}

async function removeContents(folder: string, isKept: (name: string) => boolean = () => false): Promise<number> {
  let freedBytes = 0;
  for (const name of listNames(folder)) {
    if (!isKept(name)) freedBytes += await removeTree(join(folder, name));
  }
  return freedBytes;
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (hasErrorCode(error, ["ENOENT"])) return [];
    throw error;
  }
}

async function readLastLinkBytes(path: string): Promise<number> {
  const found = await lstat(path);
  if (!found.isDirectory()) return found.nlink === 1 ? found.size : 0;
  const names = await readdir(path);
  const sizes = await Promise.all(names.map((name) => readLastLinkBytes(join(path, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}
