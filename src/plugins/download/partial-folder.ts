// What of the segments lies on disk: bytes from each one's first on, written as they come, so that a killed process loses
// only what it had not read yet. Nothing here is trusted: a whole segment is verified when it is used.
// A file whose segment is done is written over with the next one: its pages are in memory and its blocks on disk already,
// which makes keeping the bytes a third as dear. So a file's size says nothing; how much of it counts stands behind it.
import {
  closeSync, constants, mkdirSync, openSync, readdirSync, readSync, renameSync, rmSync, writeSync,
} from "node:fs";
import { join } from "node:path";
import { hasErrorCode } from "../../errors.ts";
import { PIECE_BYTES } from "../catalog/lock.ts";
import type { Segment } from "./plan-items.ts";

/** Behind the longest segment, as eight bytes, the lowest first. */
const COUNT_AT = PIECE_BYTES;

export interface PartialFile {
  append(bytes: Uint8Array): void;
  close(): void;
}

export class PartialFolder {
  readonly #folder: string;
  readonly #free: string[] = [];
  #freed = 0;

  /**
   * Makes the folder, and removes what no run can go on with: files that were being unpacked, and joined small files that
   * are joined in another way now.
   */
  constructor(folder: string, wanted: readonly Segment[]) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const names = new Set(wanted.map(({ name }) => name));
    const isLeft = (name: string): boolean => /\.(?:part|free)$/.test(name) || (name.endsWith(".run") && !names.has(name));
    for (const name of readdirSync(folder)) if (isLeft(name)) rmSync(join(folder, name));
  }

  resolvePath(name: string): string {
    return join(this.#folder, name);
  }

  /** How much of the segment is there; what says more is something else and is let go. */
  readHeldBytes({ name, start, end }: Segment): number {
    const count = readCount(this.resolvePath(name));
    if (count <= end - start) return count;
    this.release(name);
    return 0;
  }

  /** Goes on behind what is there. */
  open(name: string): PartialFile {
    const path = this.resolvePath(name);
    const free = this.#free.pop();
    let count = readCount(path);
    if (count === 0 && free !== undefined) renameSync(free, path);
    else if (free !== undefined) this.#free.push(free);
    const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    return {
      append(bytes) {
        writeAll(fd, bytes, count);
        count += bytes.length;
        writeCount(fd, count);
      },
      close: () => closeSync(fd),
    };
  }

  /** The segment is done or wrong. None there is fine. */
  release(name: string): void {
    const path = this.resolvePath(name);
    const free = join(this.#folder, `${this.#freed}.free`);
    try {
      const fd = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW);
      writeCount(fd, 0);
      closeSync(fd);
      renameSync(path, free);
    } catch (error) {
      if (hasErrorCode(error, ["ENOENT"])) return;
      throw error;
    }
    this.#freed += 1;
    this.#free.push(free);
  }

  /** At the end of a run: what holds nothing. */
  removeFree(): void {
    for (const path of this.#free.splice(0)) rmSync(path, { force: true });
  }
}

/** 0 where there is no such file. */
function readCount(path: string): number {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    const bytes = Buffer.alloc(8);
    const read = readSync(fd, bytes, 0, bytes.length, COUNT_AT);
    closeSync(fd);
    return read === bytes.length ? Number(bytes.readBigUInt64LE()) : 0;
  } catch (error) {
    if (hasErrorCode(error, ["ENOENT"])) return 0;
    throw error;
  }
}

function writeCount(fd: number, count: number): void {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(count));
  writeAll(fd, bytes, COUNT_AT);
}

function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, position + done);
}
