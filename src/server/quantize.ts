// Vectors as small integers, in Cohere's and Jina's forms. Nothing is calibrated: the same vector always gives the same
// integers, and vectors of one model can be compared whenever they were made.
import { applyNormalize } from "../heads/normalize.ts";

/**
 * `round(127 x)` of the vector at unit length, so from -127 to 127. (sentence-transformers stretches each dimension between
 * extremes that it has to be given.)
 */
export function quantizeInt8(vector: Float32Array): number[] {
  // Adding 0 turns -0 into 0.
  return Array.from(applyNormalize(Float64Array.from(vector)), (value) => Math.round(value * 127) + 0);
}

/** `quantizeInt8` plus 128. */
export function quantizeUint8(vector: Float32Array): number[] {
  return quantizeInt8(vector).map((value) => value + 128);
}

/** A bit a dimension, 1 above zero, eight to a byte and the first one highest (numpy's `packbits`), missing ones 0. */
export function quantizeUbinary(vector: Float32Array): number[] {
  const bytes = new Uint8Array(Math.ceil(vector.length / 8));
  vector.forEach((value, index) => {
    if (value > 0) bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (0x80 >> (index & 7));
  });
  return [...bytes];
}

/** `quantizeUbinary` minus 128, as sentence-transformers and Cohere have it: signed, but in offset binary. */
export function quantizeBinary(vector: Float32Array): number[] {
  return quantizeUbinary(vector).map((value) => value - 128);
}
