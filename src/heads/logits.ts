// Raw scores: one row a text, or one row a token with padding left out.
import type { DenseResult, RaggedResult } from "./head.ts";
import { resolveTextRows } from "./token-grid.ts";
import type { BatchShape, ModelOutput } from "./token-grid.ts";
import { cutRows } from "./tokens.ts";

/** Throws `TypeError` when the output is neither `[count, labels]` nor `[count, longest, labels]`. */
export function applyLogits(output: ModelOutput, batch: BatchShape): DenseResult | RaggedResult {
  const [count, labels] = output.dims;
  if (output.dims.length === 3) return cutRows(resolveTextRows(output, batch));
  if (output.dims.length === 2 && count === batch.lengths.length && labels !== undefined) {
    return { kind: "dense", width: labels, data: output.data.slice() };
  }
  const need = `[${batch.lengths.length}, labels]`;
  throw new TypeError(`Cannot read scores: found an output of shape [${output.dims.join(", ")}], need ${need}`);
}
