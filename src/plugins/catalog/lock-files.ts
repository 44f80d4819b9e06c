// Locks that a person names in TERMITE_PLUGIN_LOCK instead of those inside the executable: one file, or a folder of them.
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { formatError } from "../../errors.ts";
import type { PluginLock } from "./lock.ts";
import { createLockError, parsePluginLock } from "./parse-lock.ts";

/** Every `*.json` of a folder, by name. Throws `invalid_plugin_lock`. */
export async function readLockFiles(path: string): Promise<PluginLock[]> {
  const files = await findLockFiles(path);
  if (files.length === 0) throw createLockError(path, "found no *.json in this folder");
  return Promise.all(files.map(readLockFile));
}

async function findLockFiles(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = await readdir(path);
    return names.filter((name) => name.endsWith(".json")).sort().map((name) => join(path, name));
  } catch (cause) {
    throw createLockError(path, "it cannot be opened", cause);
  }
}

async function readLockFile(path: string): Promise<PluginLock> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw createLockError(path, "it cannot be opened", cause);
  });
  return parsePluginLock(path, parseJson(path, text));
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw createLockError(path, formatError(cause), cause);
  }
}
