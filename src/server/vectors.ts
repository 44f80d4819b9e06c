// Vectors in the forms that answers have beside lists of numbers, see `float-text.ts`.
import { shortenFloat } from "./float-text.ts";

/** Numbers that print short in JSON and round to the same float32: for a few of them among other fields. */
export function shortenFloats(values: Float32Array): number[] {
  return Array.from(values, shortenFloat);
}

/** Little-endian float32, as OpenAI's clients read it: every platform that termite is built for is little-endian. */
export function bytesOf(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}

/**
 * The Go termite's form: little-endian u64 count, and if that is not 0, u64 length of a vector and the float32 of all of
 * them. All vectors are of one length.
 */
export function formatBinary(vectors: readonly Float32Array[]): Uint8Array<ArrayBuffer> {
  const width = vectors[0]?.length;
  if (width === undefined) return new Uint8Array(8);
  const bytes = new Uint8Array(16 + vectors.length * width * 4);
  new BigUint64Array(bytes.buffer, 0, 2).set([BigInt(vectors.length), BigInt(width)]);
  const floats = new Float32Array(bytes.buffer, 16);
  vectors.forEach((vector, index) => floats.set(vector, index * width));
  return bytes;
}
