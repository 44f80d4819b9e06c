// Remembers when an asset was last asked for, and removes those of other builds that nobody has asked for in 14 days.
import { readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hasErrorCode } from "../errors.ts";
import { isDenied, isMissing } from "./file-errors.ts";
import { USED_FILE } from "./layout.ts";
import { createTemporary, removeStale } from "./temporary.ts";

const DAY_MS = 86_400_000;
const UNUSED_MS = 14 * DAY_MS;
const ASSET_FOLDER = /^[0-9a-f]{64}$/;

/** What keeps us from writing: rights, room, or something else where a file should be. */
const HARMLESS = ["ENOSPC", "EDQUOT", "EISDIR", "ELOOP"];

/**
 * Once a day: marks the asset as used, then removes what nobody uses. Housekeeping never stops a start: where we may
 * not write, where nothing fits, or where somebody else is cleaning, everything stays as it is.
 */
export async function maintainRuntime(runtimeFolder: string, used: string, keep: ReadonlySet<string>): Promise<void> {
  try {
    if (await writeUsed(join(runtimeFolder, used))) await removeUnused(runtimeFolder, keep);
  } catch (error) {
    if (!isDenied(error) && !isMissing(error) && !hasErrorCode(error, HARMLESS)) throw error;
  }
}

/** Marks the asset as used, at most once a day. True when it did. */
export async function writeUsed(assetFolder: string, now = Date.now()): Promise<boolean> {
  const path = join(assetFolder, USED_FILE);
  const last = await findTime(path);
  if (last !== undefined && now - last < DAY_MS) return false;
  await writeFile(path, "");
  await utimes(path, now / 1000, now / 1000);
  return true;
}

/** Removes asset folders not in `keep` (sha256) last used more than 14 days ago, and what dead processes left. */
export async function removeUnused(runtimeFolder: string, keep: ReadonlySet<string>, now = Date.now()): Promise<void> {
  await removeStale(runtimeFolder);
  for (const name of await readdir(runtimeFolder)) {
    if (!ASSET_FOLDER.test(name) || keep.has(name)) continue;
    const folder = join(runtimeFolder, name);
    const last = (await findTime(join(folder, USED_FILE))) ?? (await findTime(folder)) ?? now;
    if (now - last > UNUSED_MS) await removeAside(runtimeFolder, folder);
  }
}

/** Takes a folder out of sight in one rename, then deletes it: nobody sees half of it. Gone already is fine. */
export async function removeAside(runtimeFolder: string, folder: string): Promise<void> {
  const aside = await createTemporary(runtimeFolder);
  try {
    await rename(folder, join(aside, "old"));
  } catch (error) {
    if (!isMissing(error)) throw error;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function findTime(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
