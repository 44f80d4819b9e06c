// Large results are cut into pieces by the child and put together by the parent, because one message of many megabytes
// stops both event loops while it is cloned, and because IPC itself has no backpressure.
import { TermiteError } from "../errors.ts";
import type { HeadResult } from "../heads/head.ts";
import type { Outline } from "./protocol.ts";

/** A result up to this size crosses whole; pieces are of this size. */
export const PIECE_BYTES = 1 << 20;
/** Pieces that may be under way before the parent has acknowledged the first of them. */
export const PIECES_UNDER_WAY = 4;

export interface Piece {
  offset: number;
  bytes: Uint8Array;
}

/** Counts of each array in the order in which their bytes travel. Every element of every result is four bytes. */
export function createOutline(result: HeadResult): Outline {
  if (result.kind === "dense") return { kind: "dense", width: result.width, data: result.data.length };
  const lengths = result.lengths.length;
  if (result.kind === "ragged") return { kind: "ragged", width: result.width, lengths, data: result.data.length };
  return { kind: "sparse", lengths, indices: result.indices.length, values: result.values.length };
}

export function countBytes(outline: Outline): number {
  if (outline.kind === "dense") return outline.data * 4;
  if (outline.kind === "ragged") return (outline.lengths + outline.data) * 4;
  return (outline.lengths + outline.indices + outline.values) * 4;
}

/** The bytes of a result, copied out piece by piece. */
export function* createPieces(result: HeadResult, pieceBytes = PIECE_BYTES): Generator<Piece> {
  let offset = 0;
  for (const array of listArrays(result)) {
    const whole = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    for (let at = 0; at < whole.length; at += pieceBytes) {
      const bytes = whole.slice(at, at + pieceBytes);
      yield { offset, bytes };
      offset += bytes.length;
    }
  }
}

/**
 * The same result over buffers of its own: a view would carry its whole underlying buffer across (4 MB for five numbers,
 * measured with Bun 1.4.5).
 */
export function compactResult(result: HeadResult): HeadResult {
  if (result.kind === "dense") return { ...result, data: compact(result.data) };
  if (result.kind === "ragged") return { ...result, lengths: compact(result.lengths), data: compact(result.data) };
  const { lengths, indices, values } = result;
  return { ...result, lengths: compact(lengths), indices: compact(indices), values: compact(values) };
}

/** The array itself when it is all of its buffer, else a copy. */
export function compact<T extends Float32Array | Int32Array>(array: T): T;
export function compact(array: Float32Array | Int32Array): Float32Array | Int32Array {
  return array.byteLength === array.buffer.byteLength ? array : array.slice();
}

/** Puts pieces back together. They come in order; one that does not follow the last is an error. */
export class ResultAssembly {
  readonly #outline: Outline;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #filled = 0;

  constructor(outline: Outline) {
    this.#outline = outline;
    this.#bytes = new Uint8Array(new ArrayBuffer(countBytes(outline)));
  }

  /** The whole result after the last piece, `undefined` before it. */
  add({ offset, bytes }: Piece): HeadResult | undefined {
    if (offset !== this.#filled || offset + bytes.length > this.#bytes.length) {
      const found = `a piece at byte ${offset} after ${this.#filled} of ${this.#bytes.length}`;
      throw new TermiteError("internal", `Cannot put a result together: found ${found}`);
    }
    this.#bytes.set(bytes, offset);
    this.#filled += bytes.length;
    return this.#filled === this.#bytes.length ? readResult(this.#outline, this.#bytes.buffer) : undefined;
  }
}

function listArrays(result: HeadResult): readonly (Float32Array | Int32Array)[] {
  if (result.kind === "dense") return [result.data];
  if (result.kind === "ragged") return [result.lengths, result.data];
  return [result.lengths, result.indices, result.values];
}

function readResult(outline: Outline, buffer: ArrayBuffer): HeadResult {
  if (outline.kind === "dense") return { kind: "dense", width: outline.width, data: new Float32Array(buffer) };
  const lengths = new Int32Array(buffer, 0, outline.lengths);
  const rest = outline.lengths * 4;
  if (outline.kind === "ragged") {
    return { kind: "ragged", width: outline.width, lengths, data: new Float32Array(buffer, rest) };
  }
  const indices = new Int32Array(buffer, rest, outline.indices);
  return { kind: "sparse", lengths, indices, values: new Float32Array(buffer, rest + outline.indices * 4) };
}
