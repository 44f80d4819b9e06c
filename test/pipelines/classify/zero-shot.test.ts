import { describe, expect, test } from "bun:test";
import type { ModelManifest } from "../../../src/models/manifest.ts";
import { createClassifier } from "../../../src/pipelines/classify/classify.ts";
import type { ZeroShotRequest } from "../../../src/pipelines/tasks.ts";
import { resolveZeroShotScores } from "../../../src/pipelines/classify/zero-shot.ts";
import {
  characterTokenizer, createRecordedScheduler, createScorer, createTaskRequest, createTestAccess, dense,
} from "../embedder-parts.ts";
import { rejection } from "../../fixtures/test-runner.ts";

const LABELS = ["contradiction", "neutral", "entailment"];
const NLI = createScorer("classify", LABELS, { inference: { contradiction: 0, entailment: 2 }, maxTokens: 40 });
const create = (manifest: ModelManifest = NLI, scheduler = createRecordedScheduler((index) => dense(0, 0, index))) => {
  const asked: unknown[] = [];
  const tokenizer: typeof characterTokenizer = {
    ...characterTokenizer,
    encodePairs: (...call) => (asked.push(call), characterTokenizer.encodePairs(...call)),
  };
  const { access, runner } = createTestAccess(manifest, { scheduler, tokenizer });
  const request = { ...createTaskRequest(), texts: ["t"], labels: ["x", "y"], hypothesisTemplate: "Is {}.", multiLabel: false };
  const classify = (changes: Partial<ZeroShotRequest> = {}) => createClassifier(access).classifyZeroShot({ ...request, ...changes });
  return { classify, scheduler, runner, asked, signal: request.signal };
};

describe("createClassifier() classifyZeroShot", () => {
  test("asks of every text and label whether one entails the other, in one run, and cuts only the text", async () => {
    const { classify, scheduler, asked, signal } = create();
    const result = await classify({ texts: ["t", "u"], hypothesisTemplate: "Is {}." });
    const pairs = [["t", "Is x."], ["t", "Is y."], ["u", "Is x."], ["u", "Is y."]];
    expect(asked).toEqual([[pairs, 40, signal, { strategy: "only_first", direction: undefined }]]);
    expect(scheduler.works).toMatchObject([{ head: "logits", items: { length: 4 } }]);
    expect(result.classifications.map((scores) => scores.map(({ label }) => label))).toEqual([["y", "x"], ["y", "x"]]);
    expect(result).toMatchObject({ model: "m", promptTokens: 4 * 9 });
  });

  test("puts a label in as it is", async () => {
    const { classify, asked } = create();
    await classify({ labels: ["$& {}"] });
    expect(asked).toEqual([[[["t", "Is $& {}."]], 40, expect.anything(), expect.anything()]]);
  });

  test("gives each text its own scores", async () => {
    const { classify } = create(NLI, createRecordedScheduler((index) => dense(0, 0, [5, 1, 1, 5][index] ?? 0)));
    const { classifications } = await classify({ texts: ["t", "u"] });
    expect(classifications.map(([best]) => best?.label)).toEqual(["x", "y"]);
  });
});

// Python, with m = max(v): [exp(x - m) for x in v] over their sum, of the entailments of all labels, or of contradiction and
// entailment of each.
describe("resolveZeroShotScores()", () => {
  const rows = [[1.5, 0.25, -0.5], [-2, 0.5, 3], [0.25, 0, 0.75]].map((row) => Float32Array.from(row));
  const labels = ["a", "b", "c"];
  const scoresOf = (inference: { entailment: number; contradiction?: number }, multiLabel: boolean, count = 3) =>
    resolveZeroShotScores(rows.slice(0, count), inference, { labels: labels.slice(0, count), multiLabel })
      .map(({ label, score }) => `${label} ${score.toFixed(12)}`);

  test.each([
    ["the labels against each other", { contradiction: 0, entailment: 2 }, false, ["b 0.880594387980", "c 0.092813965647", "a 0.026591646373"]],
    ["each label for itself", { contradiction: 0, entailment: 2 }, true, ["b 0.993307149076", "c 0.622459331202", "a 0.119202922022"]],
    ["against the first where none is called contradiction", { entailment: 2 }, true, ["b 0.993307149076", "c 0.622459331202", "a 0.119202922022"]],
    ["against the last where entailment is the first", { entailment: 0 }, true, ["a 0.880797077978", "c 0.377540668798", "b 0.006692850924"]],
    ["against what is called contradiction", { entailment: 0, contradiction: 1 }, true, ["a 0.777299861175", "c 0.562176500886", "b 0.075858180021"]],
  ])("judges %s", (_, inference, multiLabel, expected) => {
    expect(scoresOf(inference, multiLabel)).toEqual(expected);
  });

  test("judges a single label for itself", () => {
    expect(scoresOf({ contradiction: 0, entailment: 2 }, false, 1)).toEqual(["a 0.119202922022"]);
  });
});

describe("createClassifier() classifyZeroShot refuses", () => {
  test("a model that does not judge entailment, with the labels it has, before it is loaded", async () => {
    const { classify, runner } = create(createScorer("classify", ["good", "bad"]));
    expect(await rejection(classify())).toMatchObject({
      code: "wrong_task",
      message: 'Cannot classify by labels of your own with "m": found the labels "good", "bad", need one for entailment',
      hint: "Leave your labels out for the model's own, or name a model of natural-language inference",
      details: { param: "labels", model: "m", labels: ["good", "bad"] },
    });
    expect(runner.loads).toEqual([]);
  });

  test("a model of another task", async () => {
    expect(await rejection(create(createScorer("rerank", ["LABEL_0"])).classify())).toHaveProperty(
      "message",
      'Cannot classify with "m": it is a model for rerank (by config.json)',
    );
  });

  test.each([
    ["This is it.", 'Cannot use the hypothesis template "This is it.": found no "{}", need one where the label goes'],
    ["{} is {}", 'Cannot use the hypothesis template "{} is {}": found 2 "{}", need one where the label goes'],
  ])("the template %p", async (hypothesisTemplate, message) => {
    expect(await rejection(create().classify({ hypothesisTemplate }))).toMatchObject({
      code: "invalid_request",
      message,
      details: { param: "hypothesis_template" },
    });
  });

  test("hypotheses that are too much text, without making them or loading the model", async () => {
    const { classify, runner } = create();
    const labels = Array.from({ length: 2000 }, () => "l");
    expect(await rejection(classify({ labels, hypothesisTemplate: `{}${"a".repeat(2 ** 20)}` }))).toHaveProperty(
      "message",
      "Cannot classify the texts: found 2097156000 characters in all pairs together, the limit is 33554432",
    );
    expect(runner.loads).toEqual([]);
  });

  test("a text that is too long with a label when it may not be cut", async () => {
    const { classify } = create();
    expect(await rejection(classify({ texts: ["t", "u".repeat(33)], truncate: false }))).toMatchObject({
      code: "input_too_long",
      message: "Cannot classify text 1: found 41 tokens, need 40 or fewer",
      details: { param: "texts", index: 1, tokens: 41, limit: 40 },
    });
  });
});
