import { describe, expect, test } from "bun:test";
import type { HeadResult } from "../../../src/heads/head.ts";
import type { ModelManifest } from "../../../src/models/manifest.ts";
import { createRecognizer } from "../../../src/pipelines/recognize/recognize.ts";
import type { RecognizeRequest } from "../../../src/pipelines/tasks.ts";
import type { Work } from "../../../src/scheduler/scheduler.ts";
import { rejection } from "../../fixtures/test-runner.ts";
import { createManifest, createTaskRequest, createTestAccess, dense } from "../embedder-parts.ts";
import { openTestTokenizer, WORD_PIECE } from "../tokenizer-parts.ts";

const LABELS = ["O", "B-X", "I-X"];
const tokenizer = await openTestTokenizer(WORD_PIECE);
const HELLO = WORD_PIECE.model.vocab["hello"] ?? -1;
const WORLD = WORD_PIECE.model.vocab["world"] ?? -1;

/** "hello" begins an X, "world" goes on with one, all else is O. */
const judge = (ids: Int32Array): HeadResult => ({
  kind: "ragged",
  width: 3,
  lengths: Int32Array.of(ids.length),
  data: Float32Array.from([...ids].flatMap((id) => (id === HELLO ? [0, 50, 0] : id === WORLD ? [0, 0, 50] : [50, 0, 0]))),
});

const create = (changes: Partial<ModelManifest> = {}, answer: (ids: Int32Array) => HeadResult = judge) => {
  const works: Work[] = [];
  const submit = async (work: Work) => (works.push(work), work.items.map(({ ids }) => answer(ids)));
  const heads = { logits: { kind: "logits" } } as const;
  const manifest = createManifest({ task: "recognize", taskOrigin: "config.json", heads, labels: LABELS, maxTokens: 8, ...changes });
  const { access } = createTestAccess(manifest, { scheduler: { works, submit }, tokenizer });
  const recognize = (request: Partial<RecognizeRequest>) =>
    createRecognizer(access).recognize({ ...createTaskRequest(), texts: [], aggregation: "simple", ...request });
  return { recognize, works };
};

describe("createRecognizer() recognize", () => {
  test("gives the entities of each text, the model that answered and what it saw", async () => {
    const { recognize, works } = create();
    const result = await recognize({ texts: ["a Hello world, a", "", "world"] });
    expect(result).toEqual({
      model: "m",
      entities: [
        [{ text: "Hello world", label: "X", start: 2, end: 13, score: expect.closeTo(1, 8) }],
        [],
        [{ text: "world", label: "X", start: 0, end: 5, score: expect.closeTo(1, 8) }],
      ],
      promptTokens: 7 + 2 + 3,
      loadNs: expect.any(Number),
    });
    expect(works).toMatchObject([{ model: "m-1", head: "logits" }]);
  });

  test("names places in code points of the text as it came, whatever the normalizer makes of it", async () => {
    const { recognize } = create();
    // Capitals in lower case, a capital that becomes two code points, accents of both kinds, astral letters, right to left.
    const texts = [
      "\u{1f600} \u0130 H\u00c9LLO wo\u0301rld", "\u05e9\u05dc\u05d5\u05dd hello", "\u{1d400}\u{1f468}\u200d\u{1f4bb}hello, WORLD",
    ];
    const { entities } = await recognize({ texts });
    expect(entities).toMatchObject([
      [{ text: "H\u00c9LLO wo\u0301rld", start: 4, end: 16 }],
      [{ text: "hello", start: 5, end: 10 }],
      [{ text: "WORLD" }],
    ]);
    for (const [index, text] of texts.entries()) {
      const slices = entities[index]?.map(({ start, end }) => Array.from(text).slice(start, end).join(""));
      expect(entities[index]?.map((entity) => entity.text)).toEqual(slices);
    }
  });

  test("cuts at the model's limit, at the end that is asked for", async () => {
    const { recognize, works } = create();
    const text = "hello world , , , , hello a";
    expect((await recognize({ texts: [text] })).entities).toMatchObject([[{ text: "hello world" }]]);
    expect((await recognize({ texts: [text], direction: "left" })).entities).toMatchObject([[{ text: "hello", start: 20, end: 25 }]]);
    expect(works.map(({ items }) => items[0]?.ids.length)).toEqual([8, 8]);
  });

  test("refuses what is too long when nothing may be cut", async () => {
    const { recognize, works } = create();
    const error = await rejection(recognize({ texts: ["hello", "hello , , , , , ,"], truncate: false }));
    expect(error).toMatchObject({
      code: "input_too_long",
      message: "Cannot recognize entities in text 1: found 9 tokens, need 8 or fewer",
      details: { param: "texts", index: 1, tokens: 9, limit: 8 },
    });
    expect(works).toEqual([]);
  });

  test("reads all of a long text in windows with a stride, each entity once, even without truncation", async () => {
    const { recognize, works } = create();
    const texts = ["a", ", , , , hello world , , , hello , world hello world ,"];
    const { entities, promptTokens } = await recognize({ texts, stride: 3, truncate: false });
    expect(entities.map((found) => found.map(({ text, start }) => [start, text]))).toEqual([
      [], [[8, "hello world"], [26, "hello"], [34, "world"], [40, "hello world"]],
    ]);
    expect(works[0]?.items.map(({ ids }) => ids.length)).toEqual([3, 8, 8, 8, 8]);
    expect(promptTokens).toBe(35);
  });

  test("believes of two windows the one with more context", async () => {
    // The model says X only of a token that is not next to a special one.
    const { recognize } = create({}, (ids) => ({
      kind: "ragged", width: 3, lengths: Int32Array.of(ids.length),
      data: Float32Array.from([...ids].flatMap((id, at) => (id === HELLO && at > 1 && at < ids.length - 2 ? [0, 9, 0] : [9, 0, 0]))),
    }));
    const text = ", , , , , hello , , , , , hello ,";
    expect((await recognize({ texts: [text], stride: 2 })).entities[0]?.map(({ start }) => start)).toEqual([10, 26]);
    expect((await recognize({ texts: [text], stride: 0 })).entities[0]).toEqual([]);
  });

  test("keeps words whole when it is asked to", async () => {
    const { recognize } = create();
    const texts = ["hellos a"];
    expect((await recognize({ texts })).entities).toMatchObject([[{ text: "hello" }]]);
    expect((await recognize({ texts, aggregation: "first" })).entities).toMatchObject([[{ text: "hellos" }]]);
  });

  test("refuses a stride for which special tokens leave no room, however short the texts", async () => {
    const { recognize, works } = create();
    expect(await rejection(recognize({ texts: ["a"], stride: 6 }))).toMatchObject({
      code: "invalid_request",
      message: 'Cannot use a stride of 6 tokens with "m": need a whole number from 0 to 5',
      details: { param: "stride" },
    });
    expect(works).toEqual([]);
  });

  test("refuses windows that are together too much to run, before any is made", async () => {
    const { recognize, works } = create();
    // Windows of 6 tokens that move on by one, and two special tokens in each.
    const windows = 80_000 - 5;
    const texts = ["a", "a ".repeat(80_000), "a ".repeat(80_000)];
    expect(await rejection(recognize({ texts, stride: 5 }))).toMatchObject({
      code: "invalid_request",
      message: `Cannot recognize entities with a stride of 5 tokens: found ${2 * windows * 8} tokens in windows of 8, need 1048576 or fewer in one request`,
      hint: "Choose a smaller stride, or send fewer or shorter texts",
      details: { param: "stride", tokens: 2 * windows * 8, limit: 1_048_576 },
    });
    expect(works).toEqual([]);
    expect((await recognize({ texts, stride: 3 })).promptTokens).toBeLessThan(1_048_576);
  });

  test("refuses a model of another task", async () => {
    const { recognize } = create({ task: "embed", taskOrigin: "modules.json" });
    expect(await rejection(recognize({ texts: ["a"] }))).toMatchObject({ code: "wrong_task" });
  });

  test.each([
    ["a dense result", () => dense(1), 'found a dense result of "m", need a ragged one'],
    ["no result", () => undefined as unknown as HeadResult, 'found no result of "m", need a ragged one'],
    ["too few rows", () => judge(Int32Array.of(1)), 'found 1 rows of "m" for 3 tokens'],
    ["values that are not finite",
      (): HeadResult => ({ kind: "ragged", width: 1, lengths: Int32Array.of(3), data: Float32Array.of(0, NaN, 0) }),
      'found a value that is not finite in the scores of "m"'],
  ])("fails with %s", async (_, answer, found) => {
    const { recognize } = create({}, answer);
    expect(await rejection(recognize({ texts: ["a"] }))).toMatchObject({
      code: "internal", message: `Cannot recognize entities in text 0: ${found}`,
    });
  });
});
