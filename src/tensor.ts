// Plain data that crosses layers and processes: tensors and ragged batches of token ids. Leaf: no imports, no effects.

export type DType =
  | "float32" | "float64" | "float16" | "bfloat16"
  | "int8" | "int16" | "int32" | "int64" | "uint8" | "uint16" | "uint32" | "uint64"
  | "bool";

/** A dense, row-major tensor. `data` holds the elements little-endian, `bytes(dtype) * product(dims)` long. */
export interface Tensor {
  dtype: DType;
  dims: readonly number[];
  data: Uint8Array;
}

/**
 * A ragged batch: texts of different length back to back, no padding. A backend pads (or not) as its engine needs.
 * `lengths[i]` is the number of tokens of text i, special tokens included; `ids` and `typeIds` hold their concatenation.
 */
export interface TokenBatch {
  ids: Int32Array;
  lengths: Int32Array;
  /** Segment ids, same layout as `ids`; absent means all zero. */
  typeIds?: Int32Array;
  /** Per text, how many leading tokens (a prompt) pooling leaves out; absent means none. */
  poolFrom?: Int32Array;
}
