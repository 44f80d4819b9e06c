// A file that is written from its start to its end, past the page cache where the file system can do that: gigabytes that
// nobody reads soon need no memory, the disk works from the first block on, and `fsync` has nothing left to do.
import { closeSync, constants, ftruncateSync, openSync, writeSync } from "node:fs";
import { hasErrorCode } from "../../errors.ts";

/** What O_DIRECT asks of addresses, offsets and lengths on every file system that has it. */
export const BLOCK_BYTES = 4096;
/** Smaller files are not worth it. */
const LEAST_BYTES = 1024 * 1024;

export interface PartFile {
  /** `block` lies on a multiple of `BLOCK_BYTES` in memory; all but the last are a multiple of it long. */
  write(block: Uint8Array<ArrayBuffer>): void;
  /** Gives it its size and closes it. */
  finish(): void;
  /** Without having finished: the file stays, for its remover. */
  close(): void;
}

export function openPartFile(path: string, sizeBytes: number): PartFile {
  let { fd, isDirect } = openFile(path, sizeBytes >= LEAST_BYTES);
  let position = 0;
  return {
    write(block) {
      try {
        writeAll(fd, isDirect ? padBlock(block) : block, position);
      } catch (error) {
        // Some file systems let it be opened and refuse the first write.
        if (!isDirect || !hasErrorCode(error, ["EINVAL"])) throw error;
        closeSync(fd);
        ({ fd, isDirect } = openFile(path, false));
        writeAll(fd, block, position);
      }
      position += block.length;
    },
    finish() {
      if (isDirect) ftruncateSync(fd, position);
      closeSync(fd);
    },
    close: () => closeSync(fd),
  };
}

function openFile(path: string, isDirect: boolean): { fd: number; isDirect: boolean } {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW;
  // Only Linux has the flag.
  const direct = isDirect ? (constants.O_DIRECT ?? 0) : 0;
  try {
    return { fd: openSync(path, flags | direct, 0o600), isDirect: direct !== 0 };
  } catch (error) {
    if (direct === 0 || !hasErrorCode(error, ["EINVAL", "EOPNOTSUPP"])) throw error;
    return openFile(path, false);
  }
}

/** The last block with what lies behind it in its buffer, up to a whole block: `finish` cuts it off. */
function padBlock(block: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const over = block.length % BLOCK_BYTES;
  if (over === 0) return block;
  return new Uint8Array(block.buffer, block.byteOffset, block.length + BLOCK_BYTES - over);
}

function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, position + done);
}
