// The work of a Worker: reads a piece, holds it against its sha256, and only then lets it into its file.
// One file at a time; the memory is one piece and one block, whatever the sizes.
import { closeSync, openSync, readSync } from "node:fs";
import { findErrorCode, formatError } from "../../errors.ts";
import { createAlignedBytes } from "../../ffi/aligned-bytes.ts";
import { PIECE_BYTES } from "../catalog/lock.ts";
import { BLOCK_BYTES } from "./part-file.ts";
import { createRawInflate } from "./raw-inflate.ts";
import { ContentError, FileUnpacker } from "./unpack-file.ts";
import type { BytePlace, UnpackReply, UnpackRequest, UnpackResult, UnpackStep } from "./unpack-protocol.ts";

/** Of output, written at once. */
const OUTPUT_BYTES = 4 * 1024 * 1024;

export class UnpackEngine {
  readonly #input = new Uint8Array(PIECE_BYTES);
  readonly #tools = { inflate: createRawInflate(), output: createAlignedBytes(OUTPUT_BYTES, BLOCK_BYTES) };
  #open: FileUnpacker | undefined;

  unpack({ steps }: UnpackRequest): UnpackReply {
    const results: UnpackResult[] = [];
    for (const step of steps) {
      const result = this.#run(step);
      results.push(result);
      if (result.kind !== "unpacked") break;
    }
    return results;
  }

  #run(step: UnpackStep): UnpackResult {
    try {
      const piece = this.#read(step);
      const found = piece === undefined ? "an end before its end" : findFault(piece, step);
      if (piece === undefined || found !== undefined) return { kind: "wrong", found: found ?? "" };
      this.#add(step, piece);
      return { kind: "unpacked" };
    } catch (error) {
      this.#open?.close();
      this.#open = undefined;
      if (error instanceof ContentError) return { kind: "invalid", found: error.message };
      return { kind: "failed", code: findErrorCode(error), message: formatError(error) };
    }
  }

  #add(step: UnpackStep, piece: Uint8Array): void {
    if (this.#open?.partFile !== step.partFile) {
      this.#open?.close();
      this.#open = undefined;
      this.#open = new FileUnpacker(step, this.#tools);
    }
    this.#open.add(piece);
    if (step.index < step.file.pieces.length - 1) return;
    this.#open.finish();
    this.#open = undefined;
  }

  /** `undefined` where there are fewer bytes than there should be. */
  #read({ file, index, place }: UnpackStep): Uint8Array | undefined {
    const lengthBytes = Math.min(PIECE_BYTES, file.compressedBytes - index * PIECE_BYTES);
    const piece = this.#input.subarray(0, lengthBytes);
    return readAll(place, piece) === lengthBytes ? piece : undefined;
  }
}

/** An empty file has no piece and nothing to be wrong about. */
function findFault(piece: Uint8Array, { file, index }: UnpackStep): string | undefined {
  const need = file.pieces[index];
  if (need === undefined && piece.length === 0) return undefined;
  const found = new Bun.CryptoHasher("sha256").update(piece).digest("hex");
  return found === need ? undefined : `sha256 ${found}, need ${need}`;
}

function readAll({ path, offset }: BytePlace, target: Uint8Array): number {
  if (target.length === 0) return 0;
  const fd = openSync(path, "r");
  try {
    let done = 0;
    for (let read = -1; read !== 0 && done < target.length; done += read) {
      read = readSync(fd, target, done, target.length - done, offset + done);
    }
    return done;
  } finally {
    closeSync(fd);
  }
}
