// Nobody may win by computing something else: vectors of both sides for the same texts.

/** Between engines of the same arithmetic; batches of other sizes change the last digits. */
const LEAST_COSINE = 0.9999;

/** Throws when one of `vectors` is not the expected one. */
export function checkSame(name: string, vectors: readonly (readonly number[])[], expected: readonly (readonly number[])[], least = LEAST_COSINE): void {
  const cosines = expected.map((vector, i) => computeCosine(vector, vectors[i] ?? []));
  const worst = Math.min(...cosines);
  if (vectors.length === expected.length && worst >= least) return;
  throw new RangeError(`Cannot measure ${name}: its vectors have cosine ${worst} to ours, need ${least}`);
}

function computeCosine(left: readonly number[], right: readonly number[]): number {
  if (left.length !== right.length) return NaN;
  const dot = left.reduce((sum, value, i) => sum + value * (right[i] ?? NaN), 0);
  return dot / (Math.hypot(...left) * Math.hypot(...right));
}
