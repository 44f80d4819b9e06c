// Wanted entries of one wheel to whoever writes them, each held against the lock's size and sha256 while it streams.
import { createHash } from "node:crypto";
import { TermiteError } from "../../errors.ts";
import type { ByteSource } from "./byte-source.ts";
import { readEntry } from "./read-entry.ts";
import { createWheelError } from "./wheel-entry.ts";
import type { WheelEntry } from "./wheel-entry.ts";

export interface LockedEntry {
  path: string;
  sizeBytes: number;
  sha256: string;
}

export type WriteEntry = (entry: LockedEntry, bytes: AsyncIterable<Uint8Array>) => Promise<void>;

export interface WriteLockedEntriesOptions {
  source: ByteSource;
  directory: readonly WheelEntry[];
  entries: readonly LockedEntry[];
  write: WriteEntry;
  onProgress?: (doneBytes: number, totalBytes: number) => void;
}

/** One entry after another, in the order given. */
export async function writeLockedEntries(options: WriteLockedEntriesOptions): Promise<void> {
  const { entries, source, directory, write, onProgress } = options;
  const found = entries.map((locked) => findEntry(source.name, directory, locked));
  const totalBytes = entries.reduce((sum, locked) => sum + locked.sizeBytes, 0);
  let doneBytes = 0;
  for (const { locked, entry } of found) {
    let isWhole = false;
    async function* readCounted(): AsyncGenerator<Uint8Array> {
      for await (const piece of readVerified(source, entry, locked)) {
        doneBytes += piece.byteLength;
        yield piece;
        onProgress?.(doneBytes, totalBytes);
      }
      isWhole = true;
    }
    await write(locked, readCounted());
    // An entry that was not read to its end was not verified.
    if (!isWhole) throw new TypeError(`write() did not read "${locked.path}" to its end`);
  }
}

function findEntry(wheel: string, directory: readonly WheelEntry[], locked: LockedEntry) {
  const entry = directory.find((candidate) => candidate.path === locked.path);
  if (entry === undefined) throw createWheelError(wheel, `entry "${locked.path}" is missing`);
  if (entry.sizeBytes === locked.sizeBytes) return { locked, entry };
  throw createMismatch(wheel, locked, `found ${entry.sizeBytes} bytes, need ${locked.sizeBytes}`);
}

async function* readVerified(source: ByteSource, entry: WheelEntry, locked: LockedEntry): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for await (const piece of readEntry(source, entry)) {
    hash.update(piece);
    yield piece;
  }
  const found = hash.digest("hex");
  if (found !== locked.sha256)
    throw createMismatch(source.name, locked, `found sha256 ${found}, need ${locked.sha256}`);
}

function createMismatch(wheel: string, locked: LockedEntry, found: string): TermiteError {
  return new TermiteError("hash_mismatch", `Cannot use "${locked.path}" of "${wheel}": ${found}`);
}
