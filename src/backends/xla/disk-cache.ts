// Compiled programs on disk, by a key that says everything they depend on. Several processes may use one folder: files
// appear whole, by rename, and whoever misses one compiles it. For a Worker: blocks on the disk.
import { createHash, randomUUID } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatError } from "../../errors.ts";
import { findStrangeFolder } from "./strange-folder.ts";

export interface DiskCache {
  /** `undefined` when there is none. A damaged entry is removed and counts as none. */
  find(key: string): Uint8Array<ArrayBuffer> | undefined;
  /** A full disk or a folder that cannot be written costs the entry, never the program: told once, not thrown. */
  write(key: string, bytes: Uint8Array): void;
}

export interface DiskCacheOptions {
  folder: string;
  /** Of all entries together: those that were not used for the longest time go first. */
  maxBytes: number;
  /** Why nothing is kept, in words; called once. */
  onFailure?: (words: string) => void;
}

/** "TXLA2", then sha256 of the key and of what follows it: an entry under another's name is none. */
const MAGIC = Buffer.from("TXLA2\0\0\0");
const HASH_BYTES = 32;
const HEADER_BYTES = MAGIC.length + HASH_BYTES;
const SUFFIX = ".xla";
/** A file on its way is some process' that still writes, unless it is this old. */
const ABANDONED_MS = 3_600_000;

/** sha256 over the parts, each with its length, so that no two lists of parts are one text. */
export function createCacheKey(parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest("hex");
}

export function openDiskCache({ folder, maxBytes, onFailure = () => undefined }: DiskCacheOptions): DiskCache {
  let isBroken = false;
  const fail = (words: string): void => {
    if (!isBroken) onFailure(words);
    isBroken = true;
  };
  // Entries are machine code: whoever may write to the folder runs it as this process.
  const strange = findStrangeFolder(folder);
  const entryOf = (key: string): EntryName => ({ key, path: join(folder, `${key}${SUFFIX}`) });
  return {
    find: (key) => (strange === undefined ? readEntry(entryOf(key)) : undefined),
    write(key, bytes) {
      if (isBroken) return;
      if (strange !== undefined) return fail(strange);
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        writeEntry(folder, entryOf(key), bytes);
        evict(folder, maxBytes);
      } catch (error) {
        fail(formatError(error));
      }
    },
  };
}

interface EntryName {
  key: string;
  path: string;
}

function readEntry({ key, path }: EntryName): Uint8Array<ArrayBuffer> | undefined {
  const entry = readIfThere(path);
  if (entry === undefined) return undefined;
  const payload = entry.subarray(HEADER_BYTES);
  if (entry.subarray(0, HEADER_BYTES).equals(createHeader(key, payload))) {
    touch(path);
    return new Uint8Array(payload);
  }
  remove(path);
  return undefined;
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true, recursive: true });
  } catch {
    // On a read-only disk it stays, and counts as none each time.
    return;
  }
}

/** A file that cannot be read is none: its program is compiled. What is no file is a damaged entry: a pipe never ends. */
function readIfThere(path: string): Buffer | undefined {
  try {
    return lstatSync(path).isFile() ? readFileSync(path) : Buffer.alloc(0);
  } catch {
    // Not there, removed by another process this moment, or not ours to read: all mean the same.
    return undefined;
  }
}

const createHeader = (key: string, payload: Uint8Array): Buffer =>
  Buffer.concat([MAGIC, createHash("sha256").update(`${key}\n`).update(payload).digest()]);

/** The time of the last use is what eviction goes by. */
function touch(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // On a read-only disk nothing is evicted either.
    return;
  }
}

function writeEntry(folder: string, { key, path }: EntryName, bytes: Uint8Array): void {
  const part = join(folder, `.${randomUUID()}.part`);
  try {
    writeFileSync(part, Buffer.concat([createHeader(key, bytes), bytes]), { mode: 0o600 });
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

interface Entry {
  path: string;
  sizeBytes: number;
  usedAtMs: number;
}

function evict(folder: string, maxBytes: number): void {
  const entries = listEntries(folder).sort((a, b) => b.usedAtMs - a.usedAtMs);
  let total = 0;
  for (const { path, sizeBytes, usedAtMs } of entries) {
    const isAbandoned = path.endsWith(".part") && Date.now() - usedAtMs > ABANDONED_MS;
    total += sizeBytes;
    if (isAbandoned || (total > maxBytes && path.endsWith(SUFFIX))) rmSync(path, { force: true });
  }
}

function listEntries(folder: string): Entry[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(SUFFIX) || name.endsWith(".part"));
  return names.flatMap((name) => {
    const path = join(folder, name);
    // Another process may have removed it this moment.
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats === undefined ? [] : [{ path, sizeBytes: stats.size, usedAtMs: stats.mtimeMs }];
  });
}
