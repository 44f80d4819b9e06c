// Who uses an installed version: a server keeps a shared lock on its receipt, which the kernel drops with the server.
// Works where nothing can be written, and in a child that died too.
import { closeSync, fstatSync, lstatSync, openSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { PluginName } from "../catalog/lock.ts";
import { hasErrorCode, TermiteError } from "../../errors.ts";
import { openFileSystem } from "../../ffi/file-system.ts";
import type { LockKind } from "../../ffi/file-system.ts";
import { RECEIPT_FILE } from "../search/receipt.ts";

export interface VersionHold {
  /** Once. */
  release(): void;
}

/**
 * Keeps the version in `versionFolder` from being removed until it is released. Children do not inherit it. Throws
 * `plugin_not_installed` where it is gone or going.
 */
export function holdVersion(versionFolder: string): VersionHold {
  const hold = lockVersion(versionFolder, "shared");
  if (hold === undefined) throw createGone(versionFolder, "it is being removed");
  return hold;
}

/** `undefined` while somebody holds it. Nobody can hold it before this is released. */
export function findFreeVersion(versionFolder: string): VersionHold | undefined {
  return lockVersion(versionFolder, "exclusive");
}

function lockVersion(versionFolder: string, kind: LockKind): VersionHold | undefined {
  const path = join(versionFolder, RECEIPT_FILE);
  const fd = openReceipt(path, versionFolder);
  const files = openFileSystem();
  let isKept = false;
  try {
    if (!files.lock(fd, kind)) return undefined;
    // Between the opening and the lock it may have been removed: then the lock is on a file that nobody looks at.
    const now = statSync(path, { throwIfNoEntry: false });
    if (now === undefined || now.ino !== fstatSync(fd).ino) throw createGone(versionFolder, "it was removed just now");
    isKept = true;
  } finally {
    if (!isKept) closeSync(fd);
  }
  return {
    release() {
      files.unlock(fd);
      closeSync(fd);
    },
  };
}

function openReceipt(path: string, versionFolder: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    if (hasErrorCode(error, ["ENOENT", "ENOTDIR"])) throw createGone(versionFolder, `no "${RECEIPT_FILE}" in it`, error);
    throw error;
  }
}

function createGone(versionFolder: string, found: string, cause?: unknown): TermiteError {
  const message = `Cannot use the plugin version "${basename(versionFolder)}": ${found}`;
  return new TermiteError("plugin_not_installed", message, { hint: "Look with: termite plugin list", cause });
}

export interface Holder {
  pid: number;
  /** Of the program, as the kernel keeps it: "termite". */
  name?: string;
}

/** The processes that hold the version, as far as the kernel tells: none in another container. */
export function readHolders(versionFolder: string): Holder[] {
  const found = lstatSync(join(versionFolder, RECEIPT_FILE), { throwIfNoEntry: false });
  if (found === undefined || process.platform !== "linux") return [];
  return parseFlockPids(readFileSync("/proc/locks", "utf8"), found.ino).map((pid) => {
    const name = findProcessName(pid);
    return name === undefined ? { pid } : { pid, name };
  });
}

/**
 * `3: FLOCK  ADVISORY  READ  21236 fe:00:1234567 0 EOF`; those that wait have "->" behind the number. The device is left
 * out: some file systems tell another one here than to stat.
 */
export function parseFlockPids(text: string, inode: number): number[] {
  const matches = [...text.matchAll(/^\d+: FLOCK +\S+ +\S+ +(\d+) [0-9a-f]+:[0-9a-f]+:(\d+) /gm)];
  const pids = matches.filter((match) => Number(match[2]) === inode).map((match) => Number(match[1]));
  return [...new Set(pids)].filter((pid) => pid > 0);
}

function findProcessName(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch (error) {
    if (hasErrorCode(error, ["ENOENT", "ESRCH", "EACCES"])) return undefined;
    throw error;
  }
}

/** "process 21236 (termite), process 21240" */
export function formatHolders(holders: readonly Holder[]): string {
  if (holders.length === 0) return "a process that cannot be seen from here";
  return holders.map(({ pid, name }) => `process ${pid}${name === undefined ? "" : ` (${name})`}`).join(", ");
}

/** `verb`: what cannot be done. */
export function createInUse(plugin: PluginName, folder: string, verb: string): TermiteError {
  const holders = readHolders(folder);
  const message = `Cannot ${verb} "${plugin}": version "${basename(folder)}" is in use by ${formatHolders(holders)}`;
  const hint = "Stop it, then run the command again";
  return new TermiteError("plugin_in_use", message, { hint, details: { pids: holders.map(({ pid }) => pid) } });
}
