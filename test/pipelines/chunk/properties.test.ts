// What must hold for chunks of any text: made of a few hundred random ones in several scripts.
import { describe, expect, test } from "bun:test";
import { createChunker } from "../../../src/pipelines/chunk/chunk.ts";
import type { Chunk, ChunkRequest } from "../../../src/pipelines/tasks.ts";
import type { Tokenizer } from "../../../src/tokenizers/tokenizer.ts";
import { BYTE_TOKENS, createTokenizerAccess, openTestTokenizer, WORD_PIECE } from "../tokenizer-parts.ts";

/** Astral, joined, combining, Chinese, right to left, a long lower case, unknown words, marks that tokenizers remove, spaces. */
const PARTS = [
  "a", "hello", "world", "abcdefgh", "A", ".", ",", "! ", "? ", "-", "--", "\u{1f600}", "\u{1f468}\u200d\u{1f4bb}", "\u{1d400}",
  "e\u0301", "\u0301", "\u00e9", "\u4e2d", "\u6587\u597d", "\u3002", "\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631\u062d\u0628\u0627",
  "\u0130", "\u200b", "\ufeff", "\ufffd", " ", " ", " ", "  ", "\t", "\u2003", "\n", "\r\n", "\n\n", "\n\n\n",
];

/** Numbers of a linear congruence (Numerical Recipes), the same in every run. */
const createRandom = (seed: number) => {
  let state = seed;
  return (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
};

const createCase = (seed: number): ChunkRequest => {
  const random = createRandom(seed);
  const text = Array.from({ length: random(120) }, () => PARTS[random(PARTS.length)]).join("");
  const targetTokens = 8 + random(30);
  return {
    text,
    method: random(2) === 0 ? "fixed" : "sentence",
    targetTokens,
    overlapTokens: random(3) === 0 ? 0 : random(targetTokens),
    separator: ["\n\n", "--", "\n", ""][random(4)] ?? "",
    maxChunks: random(4) === 0 ? 1 + random(4) : 1000,
    model: "m",
    signal: new AbortController().signal,
  };
};

const countTokens = async (tokenizer: Tokenizer, text: string) =>
  (await tokenizer.encodeDetailed([text], { addSpecialTokens: false }))[0]?.ids.length ?? 0;

const isBlank = (text: string) => /^\p{White_Space}*$/u.test(text);

/** What no chunk holds is separators and spaces. */
const checkCover = (characters: readonly string[], chunks: readonly Chunk[], separator: string): void => {
  const ends = [0, ...chunks.map(({ endChar }) => endChar)];
  const starts = [...chunks.map(({ startChar }) => startChar), characters.length];
  for (const [index, end] of ends.entries()) {
    const gap = characters.slice(end, Math.max(end, starts[index] ?? 0)).join("");
    expect(isBlank(separator === "" ? gap : gap.replaceAll(separator, ""))).toBe(true);
  }
};

describe.each([["WordPiece", WORD_PIECE], ["byte-level BPE", BYTE_TOKENS]])("createChunker() chunk over %s", (_, content) => {
  test("gives exact slices in order, that cover the text, within every limit", async () => {
    const { access } = await createTokenizerAccess(content);
    const tokenizer = await openTestTokenizer(content);
    const chunker = createChunker(access);
    for (let seed = 1; seed <= 300; seed++) {
      const request = createCase(seed);
      const characters = Array.from(request.text);
      const { chunks } = await chunker.chunk(request);
      expect(chunks.length).toBeLessThanOrEqual(request.maxChunks);
      checkCover(characters, chunks, request.separator);
      for (const [index, { id, text, startChar, endChar }] of chunks.entries()) {
        expect({ seed, id, text }).toEqual({ seed, id: index, text: characters.slice(startChar, endChar).join("") });
        expect(isBlank(text.slice(0, 1)) || isBlank(text.slice(-1))).toBe(false);
        if (index + 1 < request.maxChunks) expect(await countTokens(tokenizer, text)).toBeLessThanOrEqual(request.targetTokens);
        const before = chunks[index - 1];
        if (before === undefined) continue;
        expect(startChar).toBeGreaterThan(before.startChar);
        expect(endChar).toBeGreaterThan(before.endChar);
        const shared = characters.slice(startChar, Math.max(startChar, before.endChar)).join("");
        expect(await countTokens(tokenizer, shared)).toBeLessThanOrEqual(request.overlapTokens);
      }
    }
  });
});
