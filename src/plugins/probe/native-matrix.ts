// Matrices and models in memory that an engine may read.
import { createNativeBuffer } from "../../ffi/memory.ts";
import type { NativeBuffer } from "../../ffi/memory.ts";

/** A copy. */
export function createFilledBuffer(content: Uint8Array): NativeBuffer {
  const buffer = createNativeBuffer(content.length);
  buffer.bytes.set(content);
  return buffer;
}

/** A copy, row-major. */
export function createMatrixBuffer(matrix: Float32Array): NativeBuffer {
  return createFilledBuffer(new Uint8Array(matrix.buffer, matrix.byteOffset, matrix.byteLength));
}
