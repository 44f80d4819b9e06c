// Token vectors to one vector a text: `Pooling.forward` of sentence-transformers, mode by mode.
// Sums run in float64, so that the result is the nearest to what any order of float32 additions gives.
import type { PoolHead, PoolMode } from "./head.ts";
import { applyDense } from "./dense.ts";
import { applyNormalize } from "./normalize.ts";
import type { TextRows } from "./token-grid.ts";

/** What `max` gives where every token is masked: the value that sentence-transformers writes over padding. */
const MASKED = -1e9;
/** `torch.clamp(sum_mask, min=1e-9)`: a text whose tokens are all left out gives zeros, not NaN. */
const SMALLEST_WEIGHT = 1e-9;

/** The modes of the head, concatenated in the head's order, then its steps. */
export function applyPool({ modes, steps }: PoolHead, rows: TextRows): Float64Array {
  let vector = new Float64Array(modes.length * rows.width);
  modes.forEach((mode, i) => POOLERS[mode](rows, vector.subarray(i * rows.width, (i + 1) * rows.width)));
  for (const step of steps) vector = step.kind === "dense" ? applyDense(step, vector) : applyNormalize(vector);
  return vector;
}

/** Writes one mode's vector into `target`, which is zero. */
type Pooler = (rows: TextRows, target: Float64Array) => void;

/** The first token that is not left out, token 0 when all are (sentence-transformers 6; before, always token 0). */
const poolCls: Pooler = ({ data, offset, length, width, poolFrom }, target) => {
  const row = offset + (poolFrom < length ? poolFrom : 0) * width;
  target.set(data.subarray(row, row + width));
};

const poolMax: Pooler = ({ data, offset, length, width, poolFrom }, target) => {
  target.fill(MASKED);
  for (let token = poolFrom; token < length; token++) {
    const row = offset + token * width;
    for (let i = 0; i < width; i++) target[i] = Math.max(target[i] ?? MASKED, data[row + i] ?? MASKED);
  }
};

/** Adds up the tokens' vectors times their weights; answers with the sum of the weights, clamped. */
function addWeighted(rows: TextRows, target: Float64Array, weightAt: (token: number) => number): number {
  const { data, offset, length, width, poolFrom } = rows;
  let total = 0;
  for (let token = poolFrom; token < length; token++) {
    const weight = weightAt(token);
    const row = offset + token * width;
    total += weight;
    for (let i = 0; i < width; i++) target[i] = (target[i] ?? 0) + weight * (data[row + i] ?? 0);
  }
  return Math.max(total, SMALLEST_WEIGHT);
}

function divide(target: Float64Array, divisor: number): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] ?? 0) / divisor;
}

const poolMean: Pooler = (rows, target) => divide(target, addWeighted(rows, target, () => 1));

const poolMeanSqrtLen: Pooler = (rows, target) => divide(target, Math.sqrt(addWeighted(rows, target, () => 1)));

/** Weights 1 to n by place in the whole text: tokens that are left out keep their numbers. */
const poolWeightedMean: Pooler = (rows, target) => divide(target, addWeighted(rows, target, (token) => token + 1));

/** Zeros when every token is left out. */
const poolLastToken: Pooler = ({ data, offset, length, width, poolFrom }, target) => {
  if (length <= poolFrom) return;
  const row = offset + (length - 1) * width;
  target.set(data.subarray(row, row + width));
};

const POOLERS: Readonly<Record<PoolMode, Pooler>> = {
  cls: poolCls,
  max: poolMax,
  mean: poolMean,
  mean_sqrt_len: poolMeanSqrtLen,
  weightedmean: poolWeightedMean,
  lasttoken: poolLastToken,
};
