// Every token's vector, padding left out.
import { applyNormalize } from "./normalize.ts";
import type { RaggedResult, TokensHead } from "./head.ts";
import type { TextRows } from "./token-grid.ts";

export function applyTokens({ normalize }: TokensHead, texts: readonly TextRows[]): RaggedResult {
  const result = cutRows(texts);
  const { width, data } = result;
  if (!normalize) return result;
  for (let row = 0; row < data.length; row += width) applyNormalize(data.subarray(row, row + width));
  return result;
}

/** Copies the texts' own rows back to back. */
export function cutRows(texts: readonly TextRows[]): RaggedResult {
  const width = texts[0]?.width ?? 0;
  const lengths = Int32Array.from(texts, (text) => text.length);
  const data = new Float32Array(lengths.reduce((sum, length) => sum + length, 0) * width);
  let target = 0;
  for (const text of texts) {
    data.set(text.data.subarray(text.offset, text.offset + text.length * width), target);
    target += text.length * width;
  }
  return { kind: "ragged", width, lengths, data };
}
