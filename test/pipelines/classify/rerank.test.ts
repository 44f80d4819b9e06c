import { describe, expect, test } from "bun:test";
import type { ModelManifest } from "../../../src/models/manifest.ts";
import { createReranker, resolveScore } from "../../../src/pipelines/classify/rerank.ts";
import type { RerankRequest } from "../../../src/pipelines/tasks.ts";
import { createManifest, createRecordedScheduler, createScorer, createTaskRequest, createTestAccess, dense } from "../embedder-parts.ts";
import { rejection } from "../../fixtures/test-runner.ts";

const create = (manifest: ModelManifest = createScorer("rerank", ["LABEL_0"]), scheduler = createRecordedScheduler((index) => dense(index))) => {
  const { access, runner } = createTestAccess(manifest, { scheduler });
  const rerank = (request: Partial<RerankRequest> = {}) =>
    createReranker(access).rerank({ ...createTaskRequest(), query: "q", texts: ["ab"], rawScores: false, ...request });
  return { rerank, scheduler, runner };
};
const codes = (text: string) => Array.from(text, (character) => character.charCodeAt(0));

describe("createReranker() rerank", () => {
  test("gives sigmoid scores in the texts' order, the model that answered and what it saw", async () => {
    const { rerank } = create();
    const result = await rerank({ texts: ["ab", "", "c"] });
    // Python: 1 / (1 + math.exp(-x)) of 0, 1, 2.
    expect(result.scores.map((score) => score.toFixed(12))).toEqual(["0.500000000000", "0.731058578630", "0.880797077978"]);
    expect(result).toMatchObject({ model: "m", promptTokens: 6 + 4 + 5 });
    expect(result.loadNs).toBeGreaterThan(0);
  });

  test("gives the logits themselves when they are asked for", async () => {
    expect((await create().rerank({ texts: ["a", "b", "c"], rawScores: true })).scores).toEqual([0, 1, 2]);
  });

  test("sends query and text as one input with its token types, under the model's logits", async () => {
    const { rerank, scheduler } = create();
    await rerank({ query: "q", texts: ["ab"] });
    const typeIds = Int32Array.of(0, 0, 0, 1, 1, 1);
    expect(scheduler.works).toMatchObject([{ model: "m-1", head: "logits" }]);
    expect(scheduler.works[0]?.items).toEqual([{ ids: Int32Array.of(1, ...codes("q"), 2, ...codes("ab"), 2), typeIds }]);
  });

  test("has the longest part cut first, from the end that is asked for, for as long as somebody waits", async () => {
    const asked: unknown[] = [];
    const manifest = createScorer("rerank", ["LABEL_0"]);
    const { access } = createTestAccess(manifest, {
      scheduler: createRecordedScheduler(() => dense(0)),
      tokenizer: {
        ...(await createTestAccess(manifest).access.useTokenizer(createTaskRequest(), async (tokenizer) => tokenizer)),
        encodePairs: async (...call) => (asked.push(call), [{ ids: Int32Array.of(1, 2), fullLength: 2 }]),
      },
    });
    const request = { ...createTaskRequest(), query: "q", texts: ["a"], rawScores: false, direction: "left" as const };
    await createReranker(access).rerank(request);
    expect(asked).toEqual([[[["q", "a"]], 20, request.signal, { strategy: "longest_first", direction: "left" }]]);
  });

  test("runs nothing for no texts", async () => {
    const { rerank, scheduler } = create();
    expect(await rerank({ texts: [] })).toMatchObject({ scores: [], promptTokens: 0 });
    expect(scheduler.works.flatMap(({ items }) => items)).toEqual([]);
  });
});

// Python: math.exp over their sum.
describe("resolveScore()", () => {
  test.each([
    ["one logit", [1.5], ["LABEL_0"], 0.8175744761936437, 1.5],
    ["the second of two", [1, 3], ["LABEL_0", "LABEL_1"], 0.8807970779778823, 3],
    ["the one of two that says relevant", [3, 1], ["Relevant", "irrelevant"], 0.8807970779778823, 3],
    ["the last of many", [0.5, 0.25, 2], ["none", "some", "much"], 0.7158687539278308, 2],
    ["the one of many that says entailment", [0.5, 2, 0.25], ["contradiction", "entailment", "neutral"], 0.7158687539278308, 2],
    ["the last where the labels are more than the logits", [1, 3], ["no", "maybe", "yes"], 0.8807970779778823, 3],
  ])("takes %s", (_, logits, labels, score, raw) => {
    expect(resolveScore(Float32Array.from(logits), { labels }, false)).toBeCloseTo(score, 14);
    expect(resolveScore(Float32Array.from(logits), { labels }, true)).toBe(raw);
  });
});

describe("createReranker() refuses", () => {
  test("a long query with many texts before the model is loaded", async () => {
    const { rerank, runner } = create();
    const texts = Array.from({ length: 32 }, () => "x");
    expect(await rejection(rerank({ query: "q".repeat(2 ** 20), texts }))).toHaveProperty(
      "message",
      "Cannot rerank the texts: found 33554464 characters in all pairs together, the limit is 33554432",
    );
    expect(runner.loads).toEqual([]);
  });

  test("a model of another task before it is loaded", async () => {
    const { rerank, runner } = create(createScorer("classify", ["a", "b"], { id: "polarity-tiny" }));
    expect(await rejection(rerank())).toMatchObject({
      code: "wrong_task",
      message: 'Cannot rerank with "polarity-tiny": it is a model for classify (by config.json)',
      hint: 'Name a model for rerank, or set models."polarity-tiny".task in termite.yaml if its files are wrong',
      details: { param: "model", model: "polarity-tiny", task: "classify", need: ["rerank"] },
    });
    expect(await rejection(create(createManifest()).rerank())).toHaveProperty(
      "message",
      'Cannot rerank with "m": it is a model for embed (by modules.json)',
    );
    expect(runner.loads).toEqual([]);
  });

  test("a text that is too long with its query when it may not be cut", async () => {
    const { rerank, scheduler } = create();
    expect(await rejection(rerank({ texts: ["ab", "a".repeat(20)], truncate: false }))).toMatchObject({
      code: "input_too_long",
      message: "Cannot rerank text 1: found 24 tokens, need 20 or fewer",
      hint: 'Shorten it, or leave out "truncate": false',
      details: { param: "texts", index: 1, tokens: 24, limit: 20 },
    });
    expect(scheduler.works).toEqual([]);
    expect((await rerank({ texts: ["a".repeat(16)], truncate: false })).promptTokens).toBe(20);
  });

  test.each([Number.NaN, Number.NEGATIVE_INFINITY])("to answer %p", async (value) => {
    const { rerank } = create(undefined, createRecordedScheduler((index) => dense(index === 1 ? value : 1)));
    expect(await rejection(rerank({ texts: ["a", "b"] }))).toMatchObject({
      code: "internal",
      message: 'Cannot rerank text 1: found a value that is not finite in the scores of "m"',
    });
  });

  test("scores of tokens instead of texts", async () => {
    const ragged = { kind: "ragged", width: 1, lengths: Int32Array.of(1), data: Float32Array.of(1) } as const;
    const { rerank } = create(undefined, createRecordedScheduler(() => ragged));
    expect(await rejection(rerank())).toMatchObject({
      code: "internal",
      message: 'Cannot rerank text 0: found a ragged result of "m", need a dense one',
    });
  });
});
