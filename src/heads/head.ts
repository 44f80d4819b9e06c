// What to do with a model's output, as plain data that can cross a process border. Leaf: imports only tensor types.

/**
 * The pooling modes of sentence-transformers' `1_Pooling/config.json`, in the order in which it concatenates those that are
 * switched on one by one (`pooling_mode_cls_token: true`, …); a list `pooling_mode` has its own order.
 */
export const POOL_MODES = ["cls", "max", "mean", "mean_sqrt_len", "weightedmean", "lasttoken"] as const;
export type PoolMode = (typeof POOL_MODES)[number];

export type Activation = "identity" | "tanh" | "relu" | "gelu" | "sigmoid" | "silu";

/** `y = activation(W x + b)`; `weight` is row-major `[outFeatures, inFeatures]` as `torch.nn.Linear` keeps it. */
export interface DenseStep {
  kind: "dense";
  inFeatures: number;
  outFeatures: number;
  weight: Float32Array;
  bias?: Float32Array;
  activation: Activation;
}

/** `x / max(||x||_2, 1e-12)`, the epsilon of `torch.nn.functional.normalize`. */
export interface NormalizeStep {
  kind: "normalize";
}

/** One vector a text: pool the token vectors (several modes are concatenated in the order of `modes`), then the steps. */
export interface PoolHead {
  kind: "pool";
  modes: readonly PoolMode[];
  steps: readonly (DenseStep | NormalizeStep)[];
}

/** Every token's vector. */
export interface TokensHead {
  kind: "tokens";
  normalize: boolean;
}

/** The raw scores: `[count, labels]`, or `[count, length, labels]` cut to each text's own length. */
export interface LogitsHead {
  kind: "logits";
}

/** SPLADE: per vocabulary entry the maximum over tokens of `log(1 + relu(logit))`, zeros left out. */
export interface SpladeHead {
  kind: "splade";
}

export type Head = PoolHead | TokensHead | LogitsHead | SpladeHead;

/** `data` is `[count, width]`, row-major. From `pool` and from `logits` of rank 2. */
export interface DenseResult {
  kind: "dense";
  width: number;
  data: Float32Array;
}

/** `data` is `[sum(lengths), width]`: the rows of text i follow those of text i-1. From `tokens` and rank-3 `logits`. */
export interface RaggedResult {
  kind: "ragged";
  width: number;
  lengths: Int32Array;
  data: Float32Array;
}

/** Text i has `lengths[i]` pairs of `indices` (ascending) and `values` (positive), back to back. From `splade`. */
export interface SparseResult {
  kind: "sparse";
  lengths: Int32Array;
  indices: Int32Array;
  values: Float32Array;
}

export type HeadResult = DenseResult | RaggedResult | SparseResult;
