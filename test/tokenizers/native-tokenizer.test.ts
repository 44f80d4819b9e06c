import { describe, expect, test } from "bun:test";
import { Tokenizer as Reference } from "tokenizers";
import { openAddon } from "../../src/tokenizers/addon.ts";
import { openNativeTokenizer } from "../../src/tokenizers/native-tokenizer.ts";
import { Turn } from "../../src/tokenizers/turn.ts";
import { BERT, BYTE_LEVEL, ROBERTA, XLM_R } from "./small-tokenizers.ts";
import { ADDON_PATH, ID, TOKENIZER, writeTokenizer } from "./tokenizer-file.ts";
import { rejection } from "../fixtures/test-runner.ts";

const addon = openAddon(ADDON_PATH);
const createTurns = () => ({ calls: new Turn(), longTexts: new Turn() });
const open = (content?: unknown, turns = createTurns()) =>
  openNativeTokenizer({ addon, file: writeTokenizer(content), model: "m", turns });
const ids = (...words: string[]) => Int32Array.from(words.map((word) => ID[word] ?? -1));

describe("openNativeTokenizer() encode", () => {
  test("neither pads nor cuts as the file itself says", async () => {
    const tokenizer = await open();
    expect(await tokenizer.encode(["hello", "hello world, hello world abc"], 100)).toEqual([
      { ids: ids("[CLS]", "hello", "[SEP]"), fullLength: 3 },
      { ids: ids("[CLS]", "hello", "world", ",", "hello", "world", "a", "##b", "##c", "[SEP]"), fullLength: 10 },
    ]);
  });

  test("gives special tokens alone when the text is empty", async () => {
    expect(await (await open()).encode([""], 512)).toEqual([{ ids: ids("[CLS]", "[SEP]"), fullLength: 2 }]);
  });

  test("keeps the special tokens and the untruncated count when it cuts", async () => {
    expect(await (await open()).encode(["hello world abc"], 4)).toEqual([
      { ids: ids("[CLS]", "hello", "world", "[SEP]"), fullLength: 7 },
    ]);
  });

  const typed = { ...TOKENIZER, post_processor: { ...TOKENIZER.post_processor, single: [
    { SpecialToken: { id: "[CLS]", type_id: 0 } },
    { Sequence: { id: "A", type_id: 1 } },
    { SpecialToken: { id: "[SEP]", type_id: 1 } },
    { SpecialToken: { id: "[SEP]", type_id: 2 } },
  ] } };
  const plain = { ...TOKENIZER, post_processor: null };
  const suffixOnly = { ...TOKENIZER, post_processor: { ...TOKENIZER.post_processor, single: TOKENIZER.post_processor.single.slice(1) } };
  test.each([["BERT", TOKENIZER], ["two closing tokens with types", typed], ["no special tokens", plain], ["a closing token", suffixOnly]])(
    "cuts exactly as the library's own truncation when the file has %s",
    async (_, content) => {
      const tokenizer = await open(content);
      const reference = Reference.fromString(JSON.stringify({ ...content, truncation: null, padding: null }));
      const text = "hello world [SEP] abc, query: hello unknown world";
      for (const limit of [4, 5, 6, 7, 8, 12, 13, 14, 40]) {
        reference.setTruncation(limit);
        const expected = await reference.encode(text);
        const [encoded] = await tokenizer.encode([text], limit);
        expect([...(encoded?.ids ?? [])]).toEqual(expected.getIds());
        expect([...(encoded?.typeIds ?? expected.getTypeIds().map(() => 0))]).toEqual(expected.getTypeIds());
      }
    },
  );

  test("takes lone surrogates, NUL and a text longer than one call", async () => {
    const tokenizer = await open();
    const long = "hello ".repeat(20_000);
    const encoded = await tokenizer.encode(["\ud800", "a\0b", long, "hello", long], 8);
    expect(encoded.map(({ fullLength }) => fullLength)).toEqual([2, 4, 20_002, 3, 20_002]);
  });

  test("begins no further call when its signal aborts", async () => {
    const turns = createTurns();
    const tokenizer = await open(undefined, turns);
    const abort = new AbortController();
    let calls = 0;
    const take = turns.longTexts.take.bind(turns.longTexts);
    turns.longTexts.take = (task) => take(() => (calls++, task()));
    const encoded = tokenizer.encode(Array.from({ length: 20 }, () => "hello ".repeat(20_000)), 8, abort.signal);
    setTimeout(() => abort.abort("late"), 0);
    expect(await rejection(encoded)).toBe("late");
    expect(calls).toBeLessThan(20);
  });

  test("waits for its turn, but never a short text for a long one", async () => {
    const turns = createTurns();
    const [one, other] = [await open(undefined, turns), await open(undefined, turns)];
    const [call, long] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    void turns.longTexts.take(() => long.promise);
    const ended: string[] = [];
    const encode = async (tokenizer: typeof one, name: string, text: string) => {
      await tokenizer.encode([text], 8);
      ended.push(name);
    };
    const longText = encode(one, "long", "hello ".repeat(20_000));
    await encode(other, "short", "hello");
    void turns.calls.take(() => call.promise);
    const late = encode(other, "late", "hello");
    await Bun.sleep(5);
    expect(ended).toEqual(["short"]);
    call.resolve();
    await late;
    long.resolve();
    await longText;
    expect(ended).toEqual(["short", "late", "long"]);
  });

  test("rejects and goes on when the vocabulary cannot spell a text", async () => {
    const tokenizer = await open({ ...TOKENIZER, model: { ...TOKENIZER.model, unk_token: "[NONE]", vocab: { ...ID, "1": 12, ".": 13, A: 14, the: 15 } } });
    expect(await rejection(tokenizer.encode(["unspeakable"], 8))).toMatchObject({
      code: "internal",
      message: 'Cannot tokenize for model "m": found WordPiece error: Missing [UNK] token from the vocabulary',
    });
    expect(await tokenizer.encode(["a"], 8)).toHaveLength(1);
  });
});

test("countPrompt() leaves out the special token at the end and nothing else", async () => {
  expect(await (await open()).countPrompt("query: ")).toBe(3);
  expect(await (await open({ ...TOKENIZER, post_processor: null })).countPrompt("query: ")).toBe(2);
});

describe("openNativeTokenizer() encodePairs", () => {
  test("begins no further call when its signal aborts", async () => {
    const tokenizer = await open(BERT);
    const reason = await rejection(tokenizer.encodePairs([["hello", "world"]], 8, AbortSignal.abort("gone")));
    expect(reason).toBe("gone");
  });

  test("keeps order over many calls, and encodes a part that several pairs share once", async () => {
    const turns = createTurns();
    const long = "hello ".repeat(16_000);
    let longTurns = 0;
    const take = turns.longTexts.take.bind(turns.longTexts);
    turns.longTexts.take = (task) => take(() => (longTurns++, task()));
    const tokenizer = await open(BERT, turns);
    const encoded = await tokenizer.encodePairs([["a", "a"], [long, long], [long, "hello world"]], 8);
    expect(encoded.map(({ fullLength }) => fullLength)).toEqual([5, 32_003, 16_005]);
    expect(longTurns).toBe(1);
  });
});

describe("openNativeTokenizer() decode", () => {
  test.each([
    ["WordPiece", BERT, "Hello, world abc", "[CLS] hello, world abc [SEP]", "hello, world abc"],
    ["BPE", ROBERTA, "hello 😀 world", "<s> hello 😀 world</s>", " hello 😀 world"],
    ["BPE without special tokens", BYTE_LEVEL, "hello 😀", " hello 😀", " hello 😀"],
    ["Unigram", XLM_R, "hello world", "<s> hello world</s>", "hello world"],
  ])("gives the text back when the ids are of %s", async (_, content, text, whole, plain) => {
    const tokenizer = await open(content);
    const [encoded] = await tokenizer.encode([text], 100);
    const tokens = [...(encoded?.ids ?? [])];
    expect(await tokenizer.decode(tokens, { skipSpecialTokens: false })).toBe(whole);
    expect(await tokenizer.decode(tokens, { skipSpecialTokens: true })).toBe(plain);
  });

  test("gives an empty text when there are no ids", async () => {
    expect(await (await open(BERT)).decode([], { skipSpecialTokens: true })).toBe("");
  });

  test.each([12, -1, 1.5, NaN, Infinity, 2 ** 32, 2 ** 32 + 4])("refuses the id %p", async (id) => {
    const tokenizer = await open(BERT);
    expect(await rejection(tokenizer.decode([4, id], { skipSpecialTokens: false }))).toMatchObject({
      code: "invalid_request",
      message: `Cannot decode token id ${id} for model "m": found a vocabulary of 12 tokens`,
      details: { model: "m", id, vocabularySize: 12 },
    });
  });
});

test("findToken() spells what the vocabulary has and nothing else", async () => {
  const tokenizer = await open(BERT);
  expect(tokenizer.vocabularySize).toBe(12);
  expect([0, 7, 11, 12, -1, 0.5, 2 ** 32].map((id) => tokenizer.findToken(id))).toEqual(
    ["[PAD]", "##b", ":", undefined, undefined, undefined, undefined],
  );
});
