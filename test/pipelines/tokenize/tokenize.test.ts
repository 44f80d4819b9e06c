import { describe, expect, test } from "bun:test";
import type { ModelManifest } from "../../../src/models/manifest.ts";
import type { DecodeRequest, TokenDetail, TokenizeRequest } from "../../../src/pipelines/tasks.ts";
import { createTokenizerService } from "../../../src/pipelines/tokenize/tokenize.ts";
import { rejection } from "../../fixtures/test-runner.ts";
import { BYTE_TOKENS, CASED, createTokenizerAccess, WORD_PIECE } from "../tokenizer-parts.ts";

const create = async (content: unknown = WORD_PIECE, manifest: Partial<ModelManifest> = {}) => {
  const { access, runner } = await createTokenizerAccess(content, manifest);
  const service = createTokenizerService(access);
  const { signal } = new AbortController();
  const tokenize = (request: Partial<TokenizeRequest>) =>
    service.tokenize({ model: "alias", texts: [], addSpecialTokens: true, signal, ...request });
  const decode = (request: Partial<DecodeRequest>) =>
    service.decode({ model: "alias", ids: [], skipSpecialTokens: true, signal, ...request });
  return { tokenize, decode, runner };
};
const idOf = (token: string) => WORD_PIECE.model.vocab[token] ?? -1;
const shown = (tokens: readonly TokenDetail[] = []) => tokens.map(({ text, start, stop }) => [text, start, stop]);

describe("createTokenizerService() tokenize", () => {
  test("shows special tokens as the vocabulary spells them, others as they stand in the text; loads no graph", async () => {
    const { tokenize, runner } = await create();
    expect(await tokenize({ texts: ["Hello ab", ""] })).toEqual({
      model: "m",
      tokens: [
        [
          { id: idOf("[CLS]"), text: "[CLS]", special: true },
          { id: idOf("hello"), text: "Hello", special: false, start: 0, stop: 5 },
          { id: idOf("a"), text: "a", special: false, start: 6, stop: 7 },
          { id: idOf("##b"), text: "b", special: false, start: 7, stop: 8 },
          { id: idOf("[SEP]"), text: "[SEP]", special: true },
        ],
        [
          { id: idOf("[CLS]"), text: "[CLS]", special: true },
          { id: idOf("[SEP]"), text: "[SEP]", special: true },
        ],
      ],
    });
    expect(runner.loads).toEqual([]);
  });

  test("leaves special tokens out when it is told to, and never cuts", async () => {
    const { tokenize } = await create(WORD_PIECE, { maxTokens: 3 });
    const { tokens } = await tokenize({ texts: ["a b c a b c"], addSpecialTokens: false });
    expect(tokens[0]?.map(({ text }) => text).join("")).toBe("abcabc");
  });

  test("refuses more tokens than one answer may have", async () => {
    const { tokenize } = await create();
    const texts = Array.from({ length: 3 }, () => "a ".repeat(90_000));
    expect(await rejection(tokenize({ texts }))).toMatchObject({
      code: "input_too_long",
      message: "Cannot show the tokens: found 270006 or more in one request, the limit is 262144",
      hint: "Send fewer or shorter texts at once",
    });
  });

  test("puts the prompt in front, which counts in the offsets", async () => {
    const { tokenize } = await create(WORD_PIECE, { defaultPrompt: "a ", prompts: { passage: "b c " } });
    const request = { texts: ["hello"], addSpecialTokens: false };
    expect(shown((await tokenize(request)).tokens[0])).toEqual([["a", 0, 1], ["hello", 2, 7]]);
    expect(shown((await tokenize({ ...request, prompt: "passage" })).tokens[0])).toEqual([["b", 0, 1], ["c", 2, 3], ["hello", 4, 9]]);
    expect(await rejection(tokenize({ ...request, prompt: "x" }))).toMatchObject({ code: "invalid_request" });
  });

  test("counts code points, and gives each token that shares a character the whole of it", async () => {
    const { tokenize } = await create(BYTE_TOKENS);
    const { tokens } = await tokenize({ texts: ["\u{1f600}a\u{1f600}"] });
    const smile = Array.from({ length: 4 }, () => "\u{1f600}");
    expect(shown(tokens[0])).toEqual([...smile.map((text) => [text, 0, 1]), ["a", 1, 2], ...smile.map((text) => [text, 2, 3])]);
  });

  test("traces lower case back that the model wants, where it is longer than the text", async () => {
    const { tokenize } = await create(CASED, { lowerCase: true });
    const { tokens } = await tokenize({ texts: ["\u0130\u0130 HELLO\u0130 Hello", "A\u03a3"], addSpecialTokens: false });
    expect(shown(tokens[0])).toEqual([["\u0130\u0130", 0, 2], ["HELLO\u0130", 3, 9], ["Hello", 10, 15]]);
    expect(tokens[0]?.map(({ id }) => id)).toEqual([idOf("[UNK]"), idOf("[UNK]"), idOf("hello")]);
    expect(shown(tokens[1])).toEqual([["A\u03a3", 0, 2]]);
  });

  test("knows every character whose lower case is longer than itself", () => {
    const characters = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code));
    const longer = characters.filter((character) => Array.from(character.toLowerCase()).length > 1);
    expect(longer).toEqual(["\u0130"]);
  });
});

describe("createTokenizerService() decode", () => {
  test("gives text for each list of ids, special tokens only when they are asked for", async () => {
    const { decode, runner } = await create();
    const ids = [[idOf("[CLS]"), idOf("hello"), idOf("a"), idOf("##b"), idOf("[SEP]")], []];
    expect(await decode({ ids })).toEqual({ model: "m", texts: ["hello ab", ""] });
    expect(await decode({ ids, skipSpecialTokens: false })).toEqual({ model: "m", texts: ["[CLS] hello ab [SEP]", ""] });
    expect(runner.loads).toEqual([]);
  });

  test("refuses an id that the tokenizer does not have", async () => {
    const { decode } = await create();
    expect(await rejection(decode({ ids: [[1], [99999]] }))).toMatchObject({ code: "invalid_request" });
  });

  test("stops when its client has left", async () => {
    const { decode } = await create();
    expect(await rejection(decode({ ids: [[1]], signal: AbortSignal.abort("gone") }))).toBe("gone");
  });
});
