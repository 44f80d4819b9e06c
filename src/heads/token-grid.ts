// A model's output over a padded batch, as heads read it: rows of token vectors, cut to each text's own length.

/** Row-major `[count, longest, width]`, or `[count, width]` where the model gives one row a text. */
export interface ModelOutput {
  dims: readonly number[];
  data: Float32Array;
}

/** What a head needs to know of the batch. */
export interface BatchShape {
  lengths: Int32Array;
  poolFrom?: Int32Array;
}

/** One text's token vectors inside the output: `length` rows of `width`, from `offset` on; padding lies behind them. */
export interface TextRows {
  data: Float32Array;
  offset: number;
  length: number;
  width: number;
  /** Leading rows that pooling leaves out. */
  poolFrom: number;
}

/** Throws `TypeError` when the output is not `[count, longest, width]` for this batch. */
export function resolveTextRows({ dims, data }: ModelOutput, { lengths, poolFrom }: BatchShape): TextRows[] {
  const [count = 0, longest = 0, width = 0] = dims;
  const longestText = Math.max(0, ...lengths);
  if (dims.length !== 3 || count !== lengths.length || longest < longestText) {
    const need = `[${lengths.length}, ${longestText} or more, width]`;
    throw new TypeError(`Cannot read token vectors: found an output of shape [${dims.join(", ")}], need ${need}`);
  }
  return Array.from(lengths, (length, row) => {
    return { data, offset: row * longest * width, length, width, poolFrom: poolFrom?.[row] ?? 0 };
  });
}
