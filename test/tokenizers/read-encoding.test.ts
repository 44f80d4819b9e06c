import { describe, expect, test } from "bun:test";
import { Tokenizer as Reference } from "tokenizers";
import { openAddon } from "../../src/tokenizers/addon.ts";
import { createCodePointSlicer } from "../../src/tokenizers/code-points.ts";
import { openNativeTokenizer } from "../../src/tokenizers/native-tokenizer.ts";
import { Turn } from "../../src/tokenizers/turn.ts";
import { BERT, BYTE_LEVEL, ROBERTA, XLM_R } from "./small-tokenizers.ts";
import { ADDON_PATH, writeTokenizer } from "./tokenizer-file.ts";

const addon = openAddon(ADDON_PATH);
const open = (content: unknown) =>
  openNativeTokenizer({ addon, file: writeTokenizer(content), model: "m", turns: { calls: new Turn(), longTexts: new Turn() } });
const openReference = (content: object) => Reference.fromString(JSON.stringify({ ...content, truncation: null, padding: null }));
const list = (numbers: ArrayLike<number>) => Array.from(numbers);

const KINDS: [string, typeof BERT | typeof ROBERTA | typeof BYTE_LEVEL | typeof XLM_R][] = [
  ["BERT", BERT], ["RoBERTa", ROBERTA], ["no post-processor", BYTE_LEVEL], ["XLM-R", XLM_R],
];
const TEXTS = ["", "hello", "hello world hello", "world hello hello world hello hello hello"];
/** Even ones: where both texts are longer than an odd budget, release 0.23.2 alone gives the odd token to the shorter. */
const LIMITS = [6, 8, 10, 12, 16, 100];

describe("readEncoding()", () => {
  test.each(KINDS)("cuts the beginning off as the library does when asked, with %s", async (_, content) => {
    const [tokenizer, reference] = [await open(content), openReference(content)];
    for (const limit of LIMITS) {
      reference.setTruncation(limit, { direction: "left" });
      const expected = await Promise.all(TEXTS.map((text) => reference.encode(text)));
      const found = await tokenizer.encode(TEXTS, limit, undefined, { direction: "left" });
      expect(found.map(({ ids }) => list(ids))).toEqual(expected.map((encoding) => encoding.getIds()));
    }
  });
});

describe("readDetailedEncoding()", () => {
  test("gives offsets in code points of the text as it was given when a normalizer changes it", async () => {
    const text = "😀 HELLO, He\u0301llo abc";
    const [encoded] = await (await open(BERT)).encodeDetailed([text]);
    expect(encoded).toEqual({
      ids: Int32Array.of(2, 1, 4, 9, 4, 6, 7, 8, 3),
      fullLength: 9,
      tokens: ["[CLS]", "[UNK]", "hello", ",", "hello", "a", "##b", "##c", "[SEP]"],
      offsets: Int32Array.of(0, 0, 0, 1, 2, 7, 7, 8, 9, 15, 16, 17, 17, 18, 18, 19, 0, 0),
      special: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 1),
      wordIds: Int32Array.of(-1, 0, 1, 2, 3, 4, 4, 4, -1),
    });
    expect(createCodePointSlicer(text)(9, 15)).toBe("He\u0301llo");
  });

  test("names the whole character when its bytes are several tokens, and no space before a word", async () => {
    const [encoded] = await (await open(ROBERTA)).encodeDetailed(["hello hello😀"]);
    expect(encoded?.tokens).toEqual(["<s>", "Ġhello", "Ġhello", "ð", "Ł", "ĺ", "Ģ", "</s>"]);
    expect(list(encoded?.offsets ?? [])).toEqual([0, 0, 0, 5, 6, 11, 11, 12, 11, 12, 11, 12, 11, 12, 0, 0]);
  });

  test("leaves special tokens out when asked", async () => {
    const [encoded] = await (await open(XLM_R)).encodeDetailed(["hello world"], { addSpecialTokens: false, limit: 2 });
    expect(encoded).toEqual({
      ids: Int32Array.of(4, 5),
      fullLength: 3,
      tokens: ["▁hello", "▁wor"],
      offsets: Int32Array.of(0, 5, 5, 9),
      special: Uint8Array.of(0, 0),
      wordIds: Int32Array.of(0, 1),
    });
  });

  test.each([
    ["right", ["[CLS]", "hello", "world", "[SEP]"], [0, 0, 0, 5, 6, 11, 0, 0]],
    ["left", ["[CLS]", "##b", "##c", "[SEP]"], [0, 0, 13, 14, 14, 15, 0, 0]],
  ] as const)("keeps special tokens and the whole text's offsets when it cuts to the %s", async (direction, tokens, offsets) => {
    const [encoded] = await (await open(BERT)).encodeDetailed(["hello world abc"], { limit: 4, direction });
    expect(encoded?.tokens).toEqual([...tokens]);
    expect(list(encoded?.offsets ?? [])).toEqual([...offsets]);
    expect(list(encoded?.special ?? [])).toEqual([1, 0, 0, 1]);
    expect(encoded?.fullLength).toBe(7);
  });
});
