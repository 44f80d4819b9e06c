import { describe, expect, spyOn, test } from "bun:test";
import { createChunker } from "../../../src/pipelines/chunk/chunk.ts";
import type { ChunkRequest } from "../../../src/pipelines/tasks.ts";
import { rejection } from "../../fixtures/test-runner.ts";
import { BYTE_TOKENS, CASED, createTokenizerAccess, WORD_PIECE } from "../tokenizer-parts.ts";

const open = async (content: unknown = WORD_PIECE, manifest = {}) => {
  const { access, runner } = await createTokenizerAccess(content, manifest);
  const chunker = createChunker(access);
  const chunk = (text: string, request: Partial<ChunkRequest> = {}) =>
    chunker.chunk({
      text, method: "fixed", targetTokens: 4, overlapTokens: 0, separator: "\n\n", maxChunks: 50, model: "alias",
      signal: new AbortController().signal, ...request,
    });
  return { chunk, runner };
};
const { chunk } = await open();
const textsOf = async (text: string, request: Partial<ChunkRequest> = {}) =>
  (await chunk(text, request)).chunks.map((found) => found.text);

describe("createChunker() chunk", () => {
  test("numbers the chunks, names their places in code points and the model; loads no graph", async () => {
    const opened = await open();
    expect(await opened.chunk("\u{1f600} a b\n\nhello world c d e")).toEqual({
      model: "m",
      chunks: [
        { id: 0, text: "\u{1f600} a b", startChar: 0, endChar: 5 },
        { id: 1, text: "hello world c d", startChar: 7, endChar: 22 },
        { id: 2, text: "e", startChar: 23, endChar: 24 },
      ],
    });
    expect(opened.runner.loads).toEqual([]);
  });

  test.each<[string, string, Partial<ChunkRequest>, string[]]>([
    ["packs what stands between separators", "a b\n\nc d\n\na b c\n\nd", {}, ["a b\n\nc d", "a b c\n\nd"]],
    ["counts no special tokens", "a b c d", {}, ["a b c d"]],
    ["takes any separator, and counts its tokens inside a chunk", "a b-c d-a", { separator: "-" }, ["a b", "c d-a"]],
    ["takes an empty separator for none", "a b c d e", { separator: "" }, ["a b c d", "e"]],
    ["cuts what is too long at line breaks", "a b c\nd e\nf\n\ng", {}, ["a b c", "d e\nf\n\ng"]],
    ["cuts lines that are too long into sentences", "A b. C d e. F", { targetTokens: 5 }, ["A b.", "C d e. F"]],
    ["cuts sentences that are too long between words", "a b c d hello world a b c", {}, ["a b c d", "hello world a b", "c"]],
    ["begins a chunk with a sentence that is too long, and fills the one that it ends in",
      "a b\n\na b c d e\n\nf", {}, ["a b", "a b c d", "e\n\nf"]],
    ["cuts words that are too long between the tokenizer's words", "a ab,cd,ab", { targetTokens: 3 }, ["a ab", ",cd", ",ab"]],
    ["cuts text without spaces", "\u4e2d\u6587\u597d\u4e2d\u6587\u597d", {}, ["\u4e2d\u6587\u597d\u4e2d", "\u6587\u597d"]],
    ["cuts the longest word between tokens", "abcdefghij", {}, ["abcd", "efgh", "ij"]],
    ["leaves out spaces around chunks, and what is nothing else",
      "\n\n  a \n\n\t\n\n b  \u2003\n\n", { targetTokens: 1 }, ["a", "b"]],
    ["gives nothing for no text", "", {}, []],
    ["gives nothing for spaces", " \n\n\t ", {}, []],
    ["keeps text of which there are no tokens", "\u200b\n\na", { targetTokens: 1 }, ["\u200b\n\na"]],
  ])("fixed: %s", async (_, text, request, expected) => {
    expect(await textsOf(text, request)).toEqual(expected);
  });

  test.each<[string, string, Partial<ChunkRequest>, string[]]>([
    ["packs whole sentences", "A b. C. D e f. G", { targetTokens: 5 }, ["A b. C.", "D e f. G"]],
    ["never cuts a sentence that fits, however much room is left", "A. B c d e. F.", { targetTokens: 5 }, ["A.", "B c d e.", "F."]],
    ["ends sentences at separators", "a b--c d e", { separator: "--" }, ["a b", "c d e"]],
    ["cuts a sentence that is too long between words", "a b c d e f. G", {}, ["a b c d", "e f. G"]],
    ["cuts the longest word between tokens", "abcdefg. H", {}, ["abcd", "efg.", "H"]],
  ])("sentence: %s", async (_, text, request, expected) => {
    expect(await textsOf(text, { method: "sentence", ...request })).toEqual(expected);
  });

  test.each<[string, string, Partial<ChunkRequest>, string[]]>([
    ["tokens", "a b c d e f g h", { overlapTokens: 2 }, ["a b c d", "c d e f", "e f g h"]],
    ["tokens as far as there is room for them", "a b c\n\nd e f", { overlapTokens: 3 }, ["a b c", "c\n\nd e f"]],
    ["tokens but no part of a word, where a whole one fits", "hello ab c d e f", { overlapTokens: 2 }, ["hello ab c", "c d e f"]],
    ["tokens of a word, where none fits", "abcdefgh", { overlapTokens: 1 }, ["abcd", "defg", "gh"]],
    ["nothing where the next piece leaves no room", "a b\n\nc d e f", { overlapTokens: 3 }, ["a b", "c d e f"]],
    ["whole sentences", "A. B. C. D e f. G.", { method: "sentence", targetTokens: 6, overlapTokens: 3 },
      ["A. B. C.", "C. D e f.", "G."]],
  ])("repeats %s of the chunk before", async (_, text, request, expected) => {
    expect(await textsOf(text, request)).toEqual(expected);
  });

  test("puts all that is left into the last chunk that is allowed", async () => {
    const text = "a b c d e f g h i j";
    expect(await textsOf(text, { targetTokens: 2, maxChunks: 3 })).toEqual(["a b", "c d", "e f g h i j"]);
    expect(await textsOf(text, { targetTokens: 2, maxChunks: 1, method: "sentence" })).toEqual([text]);
  });

  test("cuts no character whose bytes are tokens", async () => {
    const bytes = await open(BYTE_TOKENS);
    const { chunks } = await bytes.chunk("\u{1f600}\u{1f600}a\u{1f600}", { targetTokens: 5 });
    expect(chunks.map(({ text, startChar, endChar }) => [text, startChar, endChar])).toEqual([
      ["\u{1f600}", 0, 1], ["\u{1f600}a", 1, 3], ["\u{1f600}", 3, 4],
    ]);
    const short = await bytes.chunk("\u{1f600}a", { targetTokens: 2, overlapTokens: 1 });
    expect(short.chunks.map(({ text }) => text)).toEqual(["\u{1f600}", "a"]);
  });

  test("counts tokens of lower case where the model wants it, and gives the text as it came", async () => {
    const cased = await open(CASED, { lowerCase: true });
    const { chunks } = await cased.chunk("HELLO World \u0130 A HELLO", { targetTokens: 2 });
    expect(chunks.map(({ text }) => text)).toEqual(["HELLO World", "\u0130 A", "HELLO"]);
  });

  test("refuses an overlap that makes far more text of it than there is", async () => {
    const request = { targetTokens: 19_000, overlapTokens: 18_999, maxChunks: 1e9 };
    expect(await rejection(chunk("a ".repeat(20_000), request))).toMatchObject({
      code: "invalid_request",
      message: "Cannot chunk the text: an overlap of 18999 of 19000 tokens makes more than 33554432 characters of it",
    });
  });

  test("lets others work in between, and ends when its client has left", async () => {
    const controller = new AbortController();
    const reason = new Error("the client left");
    const { access } = await createTokenizerAccess(WORD_PIECE);
    const useTokenizer: typeof access.useTokenizer = (request, work) =>
      access.useTokenizer(request, (tokenizer, manifest) => {
        const encodeDetailed: typeof tokenizer.encodeDetailed = async (...call) => {
          const encodings = await tokenizer.encodeDetailed(...call);
          setTimeout(() => controller.abort(reason), 0);
          return encodings;
        };
        return work({ ...tokenizer, encodeDetailed }, manifest);
      });
    const text = "a. ".repeat(100_000);
    const request = { text, method: "fixed", targetTokens: 1, overlapTokens: 0, separator: "\n", maxChunks: 1e9, model: "m" } as const;
    const chunking = createChunker({ useTokenizer }).chunk({ ...request, signal: controller.signal });
    expect(await rejection(chunking)).toBe(reason);
  });

  test("looks for a separator in each part alone, not in all that is behind it", async () => {
    const search = spyOn(String.prototype, "indexOf");
    const text = "a b|".repeat(500);
    try {
      await chunk(text, { separator: "|", targetTokens: 1, maxChunks: 10_000 });
      const forLines = search.mock.contexts.filter((_, index) => search.mock.calls[index]?.[0] === "\n");
      expect(forLines.map(String).join("").length).toBe(500 * "a b".length);
    } finally {
      search.mockRestore();
    }
  });

  test("finds separators as the Go termite does: from the left", async () => {
    expect(await textsOf("a---b", { separator: "--", targetTokens: 1, overlapTokens: 0 })).toEqual(["a", "-", "b"]);
  });

  test.each([
    [{ targetTokens: 0 }, "target_tokens", 'found "target_tokens" 0, need a whole number from 1 on'],
    [{ overlapTokens: -1 }, "overlap_tokens", 'found "overlap_tokens" -1, need a whole number from 0 on'],
    [{ maxChunks: 1.5 }, "max_chunks", 'found "max_chunks" 1.5, need a whole number from 1 on'],
    [{ overlapTokens: 4 }, "overlap_tokens", 'found "overlap_tokens" 4, need less than "target_tokens" (4)'],
  ])("refuses %p", async (request, param, found) => {
    expect(await rejection(chunk("a", request))).toMatchObject({
      code: "invalid_request", message: `Cannot chunk the text: ${found}`, details: { param },
    });
  });
});
