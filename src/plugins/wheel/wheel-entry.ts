// One file or folder of a wheel as its central directory describes it, and the error for all that is wrong with it.
import { TermiteError } from "../../errors.ts";

export interface WheelEntry {
  /** Relative, "/" between parts, a folder ends in "/". Safe to join to a folder. */
  path: string;
  isFolder: boolean;
  /** Unix permission bits; 0 where the wheel was not made on Unix. */
  mode: number;
  sizeBytes: number;
  compressedBytes: number;
  method: "stored" | "deflate";
  crc32: number;
  /** Where its local header begins, and how far it is to the next one (or to the directory). */
  offset: number;
  spanBytes: number;
  /** The fields of the central header that the local one must repeat, byte for byte. */
  repeated: Uint8Array;
  name: Uint8Array;
}

/** The entries and the directory must fill the file: what lies between them could be read by somebody else. */
export function createGapError(wheel: string, entry: WheelEntry): TermiteError {
  return createWheelError(wheel, `entry "${entry.path}" is followed by bytes that belong to nothing`);
}

export function createWheelError(wheel: string, found: string, cause?: unknown): TermiteError {
  return new TermiteError("invalid_wheel", `Cannot read the wheel "${wheel}": ${found}`, { cause });
}
