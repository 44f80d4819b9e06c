// SPLADE: per vocabulary entry the maximum over a text's tokens of `log(1 + relu(logit))`, zeros left out.
import type { SparseResult } from "./head.ts";
import type { TextRows } from "./token-grid.ts";

export function applySplade(texts: readonly TextRows[]): SparseResult {
  const indices: number[] = [];
  const values: number[] = [];
  const lengths = Int32Array.from(texts, (text) => {
    const before = indices.length;
    maxLogits(text).forEach((logit, index) => {
      if (logit <= 0) return;
      indices.push(index);
      values.push(Math.log1p(logit));
    });
    return indices.length - before;
  });
  return { kind: "sparse", lengths, indices: Int32Array.from(indices), values: Float32Array.from(values) };
}

/** The largest logit of each entry; `log1p(relu(x))` never falls, so that it can be applied to the maximum alone. */
function maxLogits({ data, offset, length, width }: TextRows): Float32Array {
  const largest = new Float32Array(width);
  for (let row = offset; row < offset + length * width; row += width) {
    for (let i = 0; i < width; i++) largest[i] = Math.max(largest[i] ?? 0, data[row + i] ?? 0);
  }
  return largest;
}
