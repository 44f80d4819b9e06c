// Logits to probabilities. In float64 and without overflow, as numpy and torch keep them from it. Pure.
import type { LabelScore } from "../tasks.ts";

export function applySigmoid(logit: number): number {
  if (logit >= 0) return 1 / (1 + Math.exp(-logit));
  const power = Math.exp(logit);
  return power / (1 + power);
}

export function applySoftmax(logits: ArrayLike<number>): number[] {
  const values = Array.from(logits);
  const highest = values.reduce((best, value) => Math.max(best, value), -Infinity);
  const powers = values.map((value) => Math.exp(value - highest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** Best first; equal scores stay in their order. */
export function sortScores(scores: readonly LabelScore[]): LabelScore[] {
  return scores.toSorted((left, right) => right.score - left.score);
}
