import { describe, expect, test } from "bun:test";
import type { ModelManifest } from "../../../src/models/manifest.ts";
import { createClassifier, resolveLabelScores } from "../../../src/pipelines/classify/classify.ts";
import type { ClassifyRequest } from "../../../src/pipelines/tasks.ts";
import { createManifest, createRecordedScheduler, createScorer, createTaskRequest, createTestAccess, dense } from "../embedder-parts.ts";
import { rejection } from "../../fixtures/test-runner.ts";

const LABELS = ["affirmed", "negated", "uncertain"];
const create = (manifest: ModelManifest = createScorer("classify", LABELS), scheduler = createRecordedScheduler(() => dense(1, 2, 3))) => {
  const { access, runner } = createTestAccess(manifest, { scheduler });
  const classify = (request: Partial<ClassifyRequest> = {}) =>
    createClassifier(access).classify({ ...createTaskRequest(), inputs: ["ab"], rawScores: false, ...request });
  return { classify, scheduler, runner };
};
const codes = (text: string) => Array.from(text, (character) => character.charCodeAt(0));

describe("createClassifier() classify", () => {
  test("gives every label of every text, best first, the model that answered and what it saw", async () => {
    const { classify, scheduler } = create(undefined, createRecordedScheduler((index) => (index === 0 ? dense(1, 2, 3) : dense(9, 0, -9))));
    const { classifications, ...rest } = await classify({ inputs: ["ab", ""] });
    expect(classifications.map((scores) => scores.map(({ label }) => label))).toEqual([
      ["uncertain", "negated", "affirmed"],
      ["affirmed", "negated", "uncertain"],
    ]);
    expect(rest).toEqual({ model: "m", promptTokens: 4 + 2, loadNs: expect.any(Number) });
    expect(scheduler.works).toMatchObject([{ model: "m-1", head: "logits" }]);
  });

  test("takes single texts and pairs, in the request's order, in one run", async () => {
    const { classify, scheduler } = create();
    await classify({ inputs: ["a", ["b", "c"], "d", ["e", ""]] });
    expect(scheduler.works.map(({ items }) => items.map(({ ids }) => [...ids]))).toEqual([
      [[1, ...codes("a"), 2], [1, ...codes("b"), 2, ...codes("c"), 2], [1, ...codes("d"), 2], [1, ...codes("e"), 2, 2]],
    ]);
    expect(scheduler.works[0]?.items.map(({ typeIds }) => typeIds && [...typeIds])).toEqual([
      undefined, [0, 0, 0, 1, 1], undefined, [0, 0, 0, 1],
    ]);
  });

  test("cuts a text at the end that is asked for", async () => {
    const { classify, scheduler } = create(createScorer("classify", LABELS, { maxTokens: 4 }));
    await classify({ inputs: ["abcd"] });
    await classify({ inputs: ["abcd"], direction: "left" });
    const sent = scheduler.works.flatMap(({ items }) => items.map(({ ids }) => [...ids]));
    expect(sent).toEqual([[1, ...codes("ab"), 2], [1, ...codes("cd"), 2]]);
  });
});

// Python: math.exp over their sum; 1 / (1 + math.exp(-x)).
describe("resolveLabelScores()", () => {
  const single = { labels: ["a", "b", "c"], activation: "softmax" } as const;
  test.each([
    ["softmax", [1, 2, 3], single, false, [["c", 0.6652409557748218], ["b", 0.24472847105479764], ["a", 0.09003057317038046]]],
    ["logits", [1, 2, 3], single, true, [["c", 3], ["b", 2], ["a", 1]]],
    ["sigmoid where every label counts for itself", [-2, 1.5], { labels: ["a", "b"], activation: "sigmoid" }, false, [["b", 0.8175744761936437], ["a", 0.11920292202211755]]],
    ["sigmoid of one logit", [1.5], { labels: ["spam"], activation: "sigmoid" }, false, [["spam", 0.8175744761936437]]],
    ["sigmoid of one logit where more were promised", [1.5], single, false, [["a", 0.8175744761936437]]],
    ["logits of a regression", [-2, 1.5], { labels: ["a", "b"], activation: "none" }, false, [["b", 1.5], ["a", -2]]],
    ["the one logit of a regression", [4.25], { labels: ["stars"], activation: "none" }, false, [["stars", 4.25]]],
    ["equal scores in the labels' order", [2, 1, 2], single, true, [["a", 2], ["c", 2], ["b", 1]]],
    ["names as transformers gives them where there are none", [1, 2], { labels: ["a"], activation: "sigmoid" }, true, [["LABEL_1", 2], ["a", 1]]],
  ] as const)("gives %s", (_, logits, manifest, isRaw, expected) => {
    const scores = resolveLabelScores(Float32Array.from(logits), manifest, isRaw);
    expect(scores.map(({ label }) => label)).toEqual(expected.map(([label]) => label));
    for (const [index, { score }] of scores.entries()) expect(score).toBeCloseTo(expected[index]?.[1] ?? Number.NaN, 14);
  });
});

describe("createClassifier() classify refuses", () => {
  test.each([
    ["an embedding model", createManifest(), 'Cannot classify with "m": it is a model for embed (by modules.json)'],
    ["a reranker", createScorer("rerank", ["LABEL_0"]), 'Cannot classify with "m": it is a model for rerank (by config.json)'],
  ])("%s before it is loaded", async (_, manifest, message) => {
    const { classify, runner } = create(manifest);
    expect(await rejection(classify())).toMatchObject({ code: "wrong_task", message });
    expect(runner.loads).toEqual([]);
  });

  test.each([
    ["text", ["a", ["b", "c"], "d".repeat(19)] as const, 2, 21],
    ["pair", ["a", ["b", "c".repeat(17)]] as const, 1, 21],
  ])("a %s that is too long when it may not be cut", async (_, inputs, index, tokens) => {
    const { classify, scheduler } = create();
    expect(await rejection(classify({ inputs, truncate: false }))).toMatchObject({
      code: "input_too_long",
      message: `Cannot classify input ${index}: found ${tokens} tokens, need 20 or fewer`,
      details: { param: "inputs", index, tokens, limit: 20 },
    });
    expect(scheduler.works).toEqual([]);
  });

  test("to answer what is not finite", async () => {
    const { classify } = create(undefined, createRecordedScheduler(() => dense(1, Number.NaN, 2)));
    expect(await rejection(classify())).toMatchObject({
      code: "internal",
      message: 'Cannot classify input 0: found a value that is not finite in the scores of "m"',
    });
  });
});
