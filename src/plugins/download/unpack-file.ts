// One file of a wheel from its verified compressed pieces to its part file: inflated, counted, checked.
import { crc32 } from "node:zlib";
import type { PartFile } from "./part-file.ts";
import { openPartFile } from "./part-file.ts";
import type { RawInflate } from "./raw-inflate.ts";
import type { UnpackStep } from "./unpack-protocol.ts";

/** The pieces are right and the file is not what the lock says. */
export class ContentError extends Error {}

/** What the files of a Worker share, one after the other. */
export interface UnpackTools {
  inflate: RawInflate;
  /** Between two calls it holds what the file has not written yet. */
  output: Uint8Array<ArrayBuffer>;
}

export class FileUnpacker {
  readonly partFile: string;
  readonly #file: UnpackStep["file"];
  readonly #part: PartFile;
  readonly #inflate: RawInflate | undefined;
  readonly #output: Uint8Array<ArrayBuffer>;
  #filledBytes = 0;
  #writtenBytes = 0;
  #usedBytes = 0;
  #sum = 0;

  constructor({ file, partFile }: UnpackStep, { inflate, output }: UnpackTools) {
    this.partFile = partFile;
    this.#file = file;
    this.#output = output;
    this.#part = openPartFile(partFile, file.sizeBytes);
    inflate.reset();
    this.#inflate = file.method === "deflate" ? inflate : undefined;
  }

  /** Throws `ContentError`, or what the system says when it is written. */
  add(piece: Uint8Array): void {
    for (let at = 0; at < piece.length; ) {
      const { usedBytes, writtenBytes } = this.#step(piece.subarray(at));
      if (usedBytes + writtenBytes === 0) throw new ContentError("it ends before its compressed bytes do");
      at += usedBytes;
      this.#usedBytes += usedBytes;
      this.#filledBytes += writtenBytes;
      // Full: the inflater may hold more of the same input, which the next turn or the next piece brings out.
      if (this.#filledBytes === this.#output.length) this.#flush();
    }
  }

  finish(): void {
    const { sizeBytes, compressedBytes, crc32: sum } = this.#file;
    this.#drain();
    this.#flush();
    if (this.#usedBytes !== compressedBytes) throw new ContentError(`it uses ${this.#usedBytes} of its ${compressedBytes} bytes`);
    if (this.#writtenBytes !== sizeBytes) throw new ContentError(`found ${this.#writtenBytes} bytes, need ${sizeBytes}`);
    if (this.#sum !== sum) throw new ContentError(`found CRC ${this.#sum.toString(16)}, need ${sum.toString(16)}`);
    this.#part.finish();
  }

  /** Instead of `finish`. */
  close(): void {
    this.#part.close();
  }

  #step(input: Uint8Array): { usedBytes: number; writtenBytes: number } {
    const output = this.#output.subarray(this.#filledBytes);
    if (this.#inflate !== undefined) return this.#runInflate(this.#inflate, input, output);
    const bytes = Math.min(input.length, output.length);
    output.set(input.subarray(0, bytes));
    return { usedBytes: bytes, writtenBytes: bytes };
  }

  #runInflate(inflate: RawInflate, input: Uint8Array, output: Uint8Array) {
    try {
      return inflate.inflate(input, output);
    } catch (cause) {
      throw new ContentError("its compressed bytes are damaged", { cause });
    }
  }

  /** What the inflater still holds when its input is used up. */
  #drain(): void {
    for (let isMore = this.#inflate !== undefined; isMore; ) {
      const { writtenBytes } = this.#step(new Uint8Array(0));
      this.#filledBytes += writtenBytes;
      isMore = this.#filledBytes === this.#output.length;
      if (isMore) this.#flush();
    }
  }

  #flush(): void {
    const block = this.#output.subarray(0, this.#filledBytes);
    if (block.length === 0) return;
    this.#writtenBytes += block.length;
    if (this.#writtenBytes > this.#file.sizeBytes) throw new ContentError(`found more than its ${this.#file.sizeBytes} bytes`);
    this.#sum = crc32(block, this.#sum);
    this.#part.write(block);
    this.#filledBytes = 0;
  }
}
