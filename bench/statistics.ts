// What benches say of their samples.

/** Between two samples: the mean of both. NaN for none. */
export function computeMedian(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

/** The smallest sample that `share` of all are no larger than. */
export function computeQuantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

/**
 * A 95 % interval of the median that supposes nothing of how samples spread: between the two order statistics that the
 * binomial distribution gives (of eight: the smallest and the largest, which is 99 %).
 */
export function computeMedianInterval(values: readonly number[]): [number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  const count = sorted.length;
  let outside = 0;
  let left = 0;
  for (let term = 2 ** -count; left < count / 2; left++, term *= (count - left + 1) / left) {
    if (2 * (outside + term) > 0.05) break;
    outside += term;
  }
  const cut = Math.max(0, left - 1);
  return [sorted[cut] ?? NaN, sorted[count - 1 - cut] ?? NaN];
}
