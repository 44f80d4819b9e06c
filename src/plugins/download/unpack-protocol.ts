// What the Workers that unpack are asked and what they answer. One request has one reply, in order.
import type { PluginFile } from "../catalog/lock.ts";

/** Bytes in some file: a partial one of the download, or a wheel on disk. */
export interface BytePlace {
  path: string;
  offset: number;
}

/** One verified step of one file: the next of its pieces. */
export interface UnpackStep {
  file: Pick<PluginFile, "path" | "method" | "sizeBytes" | "compressedBytes" | "crc32" | "pieces">;
  /** Where its content goes; another name for each attempt. */
  partFile: string;
  /** Of `file.pieces`; the steps of a file come in their order, and none before the last was taken. */
  index: number;
  place: BytePlace;
}

export interface UnpackRequest {
  steps: readonly UnpackStep[];
}

export type UnpackResult =
  | { kind: "unpacked" }
  /** The piece is not what the lock says; nothing of it was used. */
  | { kind: "wrong"; found: string }
  /** The pieces are what the lock says and their content is not: no other source can mend that. */
  | { kind: "invalid"; found: string }
  /** What the system said: `code` such as ENOSPC. */
  | { kind: "failed"; code: string | undefined; message: string };

/** A result for each step; those behind one that is not "unpacked" were not begun and have none. */
export type UnpackReply = readonly UnpackResult[];
