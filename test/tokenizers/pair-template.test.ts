import { describe, expect, test } from "bun:test";
import { Tokenizer as Reference } from "tokenizers";
import { openAddon } from "../../src/tokenizers/addon.ts";
import { openNativeTokenizer } from "../../src/tokenizers/native-tokenizer.ts";
import type { Encoded } from "../../src/tokenizers/tokenizer.ts";
import { Turn } from "../../src/tokenizers/turn.ts";
import { BERT, BYTE_LEVEL, ROBERTA, XLM_R } from "./small-tokenizers.ts";
import { ADDON_PATH, writeTokenizer } from "./tokenizer-file.ts";
import { rejection } from "../fixtures/test-runner.ts";

const addon = openAddon(ADDON_PATH);
const open = (content: unknown) =>
  openNativeTokenizer({ addon, file: writeTokenizer(content), model: "m", turns: { calls: new Turn(), longTexts: new Turn() } });
const openReference = (content: object) => Reference.fromString(JSON.stringify({ ...content, truncation: null, padding: null }));
const list = (numbers: ArrayLike<number>) => Array.from(numbers);
const types = ({ ids, typeIds }: Encoded) => list(typeIds ?? new Int32Array(ids.length));

const KINDS: [string, typeof BERT | typeof ROBERTA | typeof BYTE_LEVEL | typeof XLM_R][] = [
  ["BERT", BERT], ["RoBERTa", ROBERTA], ["no post-processor", BYTE_LEVEL], ["XLM-R", XLM_R],
];
const TEXTS = ["", "hello", "hello world hello", "world hello hello world hello hello hello"];
const PAIRS = TEXTS.flatMap((first) => TEXTS.map((second) => [first, second] as const));
/** Even ones: where both texts are longer than an odd budget, release 0.23.2 alone gives the odd token to the shorter. */
const LIMITS = [6, 8, 10, 12, 16, 100];

describe("joinPair()", () => {
  test.each(KINDS)("gives ids and types as the library's own truncation when the file has %s", async (_, content) => {
    const [tokenizer, reference] = [await open(content), openReference(content)];
    for (const limit of LIMITS) {
      for (const direction of ["right", "left"] as const) {
        reference.disableTruncation();
        const full = await Promise.all(PAIRS.map(([first, second]) => reference.encode(first, second)));
        reference.setTruncation(limit, { direction });
        const expected = await Promise.all(PAIRS.map(([first, second]) => reference.encode(first, second)));
        const found = await tokenizer.encodePairs(PAIRS, limit, undefined, { direction });
        expect(found.map(({ ids }) => list(ids))).toEqual(expected.map((encoding) => encoding.getIds()));
        expect(found.map(types)).toEqual(expected.map((encoding) => encoding.getTypeIds()));
        expect(found.map(({ fullLength }) => fullLength)).toEqual(full.map((encoding) => encoding.getLength()));
      }
    }
  });

  test("keeps separators and types when both parts are cut", async () => {
    const [encoded] = await (await open(BERT)).encodePairs([["hello hello hello", "world a world"]], 6);
    expect(encoded).toEqual({
      ids: Int32Array.of(2, 4, 3, 5, 6, 3), typeIds: Int32Array.of(0, 0, 0, 1, 1, 1), fullLength: 9,
    });
  });

  test("takes a separator that stands in a text for text", async () => {
    const [encoded] = await (await open(BERT)).encodePairs([["hello [SEP] world", "a"]], 6);
    expect(list(encoded?.ids ?? [])).toEqual([2, 4, 3, 3, 6, 3]);
  });

  test("cuts the first part alone when asked, and refuses by name when that is not enough", async () => {
    const tokenizer = await open(BERT);
    const options = { strategy: "only_first" } as const;
    const [encoded] = await tokenizer.encodePairs([["hello world hello", "a a"]], 6, undefined, options);
    expect(list(encoded?.ids ?? [])).toEqual([2, 4, 3, 6, 6, 3]);
    const pairs = [["hello", "a"], ["hello", "a a a"]] as const;
    expect(await rejection(tokenizer.encodePairs(pairs, 6, undefined, options))).toMatchObject({
      code: "input_too_long",
      message: "Cannot cut pair 1 to 6 tokens: found 7 tokens, too many of them outside its first part",
      hint: "Shorten the second text",
      details: { index: 1, tokens: 7, limit: 6 },
    });
  });
});
