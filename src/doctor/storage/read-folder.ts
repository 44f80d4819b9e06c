// Looks at a folder that may not be there yet: its owner and mode, whether we may write there, its mount, its file system.
import { constants } from "node:fs";
import { access, readFile, realpath, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { TermiteError } from "../../errors.ts";
import { isDenied, isMissing } from "../../runtime/file-errors.ts";
import { findMount, parseMountInfo } from "../../runtime/mount.ts";
import type { DiskFacts } from "./disk.ts";
import type { FolderFacts, FolderState } from "./folder.ts";

/** `path` is absolute. */
export async function readFolder(path: string): Promise<FolderFacts> {
  const state = await findState(path);
  const existing = state === undefined ? await findExisting(dirname(path)) : path;
  const noexecMount = await findNoexecMount(existing);
  const parent = state === undefined ? { path: existing, isWritable: await isWritable(existing) } : undefined;
  return { path, state, parent, noexecMount };
}

/** Of the file system that holds `path` or will hold it. */
export async function readDisk(path: string): Promise<DiskFacts> {
  const existing = await findExisting(path);
  const { bavail, blocks, bsize } = await statfs(existing);
  return { path: existing, freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

async function findState(path: string): Promise<FolderState | undefined> {
  try {
    const found = await stat(path);
    const { uid, gid, mode } = found;
    return { uid, gid, mode, isFolder: found.isDirectory(), isWritable: await isWritable(path) };
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (!isDenied(error)) throw error;
    const hint = "Give this user access to it, or set another folder";
    throw new TermiteError("home_not_readable", `Cannot look at "${path}": permission denied`, { hint, cause: error });
  }
}

/** The nearest folder at or above `path` that is there. */
async function findExisting(path: string): Promise<string> {
  const isThere = (await findState(path)) !== undefined;
  return isThere || path === dirname(path) ? path : findExisting(dirname(path));
}

async function isWritable(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK);
    return true;
  } catch (error) {
    if (isDenied(error)) return false;
    throw error;
  }
}

async function findNoexecMount(existing: string): Promise<string | undefined> {
  if (process.platform !== "linux") return undefined;
  const mount = findMount(parseMountInfo(await readFile("/proc/self/mountinfo", "utf8")), await realpath(existing));
  return mount?.options.includes("noexec") === true ? mount.mountPoint : undefined;
}
