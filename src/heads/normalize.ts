// `torch.nn.functional.normalize`: to unit length, in place.

/** The epsilon of torch: a zero vector stays zero. */
const SMALLEST_NORM = 1e-12;

/** Divides `vector` by its Euclidean length and returns it. */
export function applyNormalize<T extends Float64Array | Float32Array>(vector: T): T {
  let squares = 0;
  for (let i = 0; i < vector.length; i++) squares += (vector[i] ?? 0) ** 2;
  const norm = Math.max(Math.sqrt(squares), SMALLEST_NORM);
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) / norm;
  return vector;
}
