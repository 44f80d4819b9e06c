// The Dense module of sentence-transformers: `activation(W x + b)`.
import { ACTIVATIONS } from "./activations.ts";
import type { DenseStep } from "./head.ts";

/** Throws `RangeError` when the vector is not as wide as the layer. */
export function applyDense(step: DenseStep, vector: Float64Array): Float64Array<ArrayBuffer> {
  const { inFeatures, outFeatures, weight, bias } = step;
  if (vector.length !== inFeatures) {
    throw new RangeError(`Cannot apply a dense layer: found ${vector.length} values, need ${inFeatures}`);
  }
  const activate = ACTIVATIONS[step.activation];
  const result = new Float64Array(outFeatures);
  for (let out = 0; out < outFeatures; out++) {
    let sum = bias?.[out] ?? 0;
    const row = out * inFeatures;
    for (let i = 0; i < inFeatures; i++) sum += (weight[row + i] ?? 0) * (vector[i] ?? 0);
    result[out] = activate(sum);
  }
  return result;
}
