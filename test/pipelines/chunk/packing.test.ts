import { expect, test } from "bun:test";
import { createOffsets } from "../../../src/pipelines/chunk/offsets.ts";
import { packPieces } from "../../../src/pipelines/chunk/packing.ts";
import { createPieces } from "../../../src/pipelines/chunk/pieces.ts";
import { createTextTokens } from "../../../src/pipelines/chunk/token-count.ts";

/** Each word is a token. */
const openWords = async (count: number) => {
  const text = "a ".repeat(count);
  const { signal } = new AbortController();
  const wordIds = Int32Array.from({ length: count }, (_, index) => index);
  const offsets = Int32Array.from({ length: 2 * count }, (_, index) => 2 * (index >> 1) + (index & 1));
  const tokens = await createTextTokens({ text, encoding: { wordIds, offsets }, offsets: createOffsets(text), signal });
  return { text, tokens, signal };
};

test("packPieces() looks for one border a chunk, however much of the one before it is repeated", async () => {
  const { text, tokens, signal } = await openWords(1000);
  let found = 0;
  const findBorders: typeof tokens.findBorders = function* (...call) {
    for (const border of tokens.findBorders(...call)) {
      found += 1;
      yield border;
    }
    return undefined;
  };
  const request = { text, method: "fixed", separator: "", targetTokens: 500, overlapTokens: 499, maxChunks: 10_000, signal } as const;
  const pieces = [...createPieces(request, tokens)];
  const chunks = await packPieces(pieces, { ...tokens, findBorders }, request);
  expect(chunks.slice(0, 2)).toEqual([{ start: 0, end: 999 }, { start: 2, end: 1001 }]);
  expect(chunks).toHaveLength(501);
  expect(found).toBe(500);
});
