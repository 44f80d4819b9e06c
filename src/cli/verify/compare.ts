// What engines answered, side by side. Pure.

/** One engine's answers to the same texts. */
export interface Answers {
  /** A vector a text: an embedding, logits, or whatever numbers the task gives; all of a reranker's scores are one. */
  vectors: readonly ArrayLike<number>[];
  /** What a person would be told of each text, of tasks that label. */
  labels?: readonly string[];
}

export interface Comparison {
  minCosine: number;
  meanCosine: number;
  /** Texts whose labels are not the same; absent where the task has none. */
  differentLabels?: number;
}

/** Cosine of the angle; 1 for two empty or zero vectors, 0 for vectors of different length or with NaN. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return 0;
  let [dot, left, right] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? Number.NaN, b[i] ?? Number.NaN];
    dot += x * y;
    left += x * x;
    right += y * y;
  }
  if (left === 0 && right === 0) return 1;
  const result = dot / Math.sqrt(left * right);
  return Number.isNaN(result) ? 0 : Math.min(1, result);
}

/** Throws `RangeError` when the answers are not to the same number of texts. */
export function compareAnswers(a: Answers, b: Answers): Comparison {
  if (a.vectors.length !== b.vectors.length) {
    throw new RangeError(`Cannot compare answers: found ${a.vectors.length} and ${b.vectors.length}`);
  }
  const cosines = a.vectors.map((vector, i) => cosine(vector, b.vectors[i] ?? []));
  const comparison = {
    minCosine: Math.min(1, ...cosines),
    meanCosine: cosines.reduce((sum, value) => sum + value, 0) / Math.max(1, cosines.length),
  };
  if (a.labels === undefined) return comparison;
  return { ...comparison, differentLabels: a.labels.filter((label, i) => label !== b.labels?.[i]).length };
}

/** What two engines that compute the same in float32 reach at least. */
export const LEAST_COSINE = 0.99999;

/**
 * Dynamically quantized models answer differently in other company, whatever the engine: of those no more is asked than the
 * first engine shows between a text alone and the same text in a batch.
 */
export const resolveThreshold = (ownBatchEffect: number): number => Math.min(LEAST_COSINE, ownBatchEffect);

/** Labels may differ only where the model's own batch effect is larger than what is asked of engines. */
export const isSame = ({ minCosine, differentLabels = 0 }: Comparison, threshold: number): boolean =>
  minCosine >= threshold && (differentLabels === 0 || threshold < LEAST_COSINE);
