// A batch with as many texts as its bucket has rows. What is missing are copies of the first text: empty rows could be NaN
// after attention, and an operator that looks at the whole batch (dynamic quantization) would see them.
import type { TokenBatch } from "../../tensor.ts";

/** The batch itself when it is full. */
export function fillBatch(batch: TokenBatch, count: number): TokenBatch {
  const { ids, lengths, typeIds, poolFrom } = batch;
  const missing = count - lengths.length;
  if (missing <= 0) return batch;
  const [first = 0] = lengths;
  const repeatTokens = (values: Int32Array): Int32Array => repeatFirst(values, values.subarray(0, first), missing);
  return {
    ids: repeatTokens(ids),
    lengths: repeatFirst(lengths, lengths.subarray(0, 1), missing),
    ...(typeIds && { typeIds: repeatTokens(typeIds) }),
    ...(poolFrom && { poolFrom: repeatFirst(poolFrom, poolFrom.subarray(0, 1), missing) }),
  };
}

/** `values`, then `part` so many times. */
function repeatFirst(values: Int32Array, part: Int32Array, times: number): Int32Array {
  const all = new Int32Array(values.length + times * part.length);
  all.set(values);
  for (let i = 0; i < times; i++) all.set(part, values.length + i * part.length);
  return all;
}

/** The texts at `rows`, in that order. */
export function selectTexts({ ids, lengths, typeIds, poolFrom }: TokenBatch, rows: readonly number[]): TokenBatch {
  const starts = createStarts(lengths);
  const select = (values: Int32Array): Int32Array => {
    const own = Int32Array.from(rows, (row) => lengths[row] ?? 0);
    const all = new Int32Array(own.reduce((sum, length) => sum + length, 0));
    let offset = 0;
    for (const row of rows) {
      const text = values.subarray(starts[row] ?? 0, (starts[row] ?? 0) + (lengths[row] ?? 0));
      all.set(text, offset);
      offset += text.length;
    }
    return all;
  };
  return {
    ids: select(ids),
    lengths: Int32Array.from(rows, (row) => lengths[row] ?? 0),
    ...(typeIds && { typeIds: select(typeIds) }),
    ...(poolFrom && { poolFrom: Int32Array.from(rows, (row) => poolFrom[row] ?? 0) }),
  };
}

/** Where each text begins. */
export function createStarts(lengths: ArrayLike<number>): Int32Array {
  const starts = new Int32Array(lengths.length);
  for (let row = 1; row < lengths.length; row++) starts[row] = (starts[row - 1] ?? 0) + (lengths[row - 1] ?? 0);
  return starts;
}
