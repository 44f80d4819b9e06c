import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { TermiteError } from "../../../src/errors.ts";
import type { Task } from "../../../src/models/manifest.ts";
import { TeiAnyAnswer } from "../../../src/server/schemas/tei-answers.ts";
import { TeiAnyBody } from "../../../src/server/schemas/tei.ts";
import { createFakeDeps, type FakeDeps } from "../fake-deps.ts";
import { ask, storeOf } from "./tei-parts.ts";

const [GOOD, BAD] = [{ score: 0.75, label: "good" }, { score: 0.25, label: "bad" }];
const SENT = { truncate: false, direction: "right", signal: expect.any(AbortSignal) };

/** A server whose models are all for `task`, and what it answers. */
async function askFor(task: Task, body: object): Promise<{ answer: [number, unknown]; deps: FakeDeps }> {
  const deps = createFakeDeps(storeOf(task));
  const answer = await ask("/m/x", body, deps);
  if (answer[0] === 200) {
    expect([TeiAnyBody, TeiAnyAnswer].map(({ schema }, index) => v.safeParse(schema, [body, answer[1]][index]).issues)).toEqual([undefined, undefined]);
  }
  return { answer, deps };
}

describe("classifyForHub()", () => {
  test("answers text_classification with a list in a list, cut to its top_k", async () => {
    const deps = createFakeDeps(storeOf("classify"));
    expect(await ask("/", { inputs: "a" }, deps)).toEqual([200, [GOOD, BAD]]);
    expect(await ask("/", { inputs: "a", parameters: {} }, deps)).toEqual([200, [[GOOD, BAD]]]);
    expect(await ask("/", { inputs: "a", parameters: { top_k: 1, function_to_apply: "none" } }, deps)).toEqual([200, [[GOOD]]]);
    expect(deps.calls.map(({ request }) => Reflect.get(request, "rawScores"))).toEqual([false, false, true]);
  });

  test("answers zero_shot_classification with the client's labels", async () => {
    const { answer, deps } = await askFor("classify", { inputs: "a", parameters: { candidate_labels: ["x", "y"], multi_label: false } });
    expect(answer).toEqual([200, [{ score: 0.5, label: "x" }, { score: 0.333333343, label: "y" }]]);
    const request = { ...SENT, model: "x", texts: ["a"], labels: ["x", "y"], hypothesisTemplate: "This example is {}.", multiLabel: false };
    expect(deps.calls).toEqual([{ task: "classifyZeroShot", request }]);
  });

  test("hands everything of zero_shot_classification down, and answers a list of texts with a list of lists", async () => {
    const parameters = { candidate_labels: ["x"], multi_label: true, hypothesis_template: "It is {}" };
    const { answer, deps } = await askFor("classify", { inputs: ["a", "b"], parameters, truncate: true });
    expect(answer).toEqual([200, [[{ score: 0.5, label: "x" }], [{ score: 0.5, label: "x" }]]]);
    expect(deps.calls[0]?.request).toMatchObject({ texts: ["a", "b"], hypothesisTemplate: "It is {}", multiLabel: true, truncate: true });
  });

  test("answers 400 in the pipeline's words for a model that does not judge entailment", async () => {
    const { tasks } = createFakeDeps();
    const classifyZeroShot = async () => {
      throw new TermiteError("wrong_task", 'Cannot classify by labels of your own with "x": no', { hint: "Leave your labels out" });
    };
    const deps = createFakeDeps({ ...storeOf("classify"), tasks: { ...tasks, classifyZeroShot } });
    expect(await ask("/", { inputs: "a", parameters: { candidate_labels: ["b"] } }, deps)).toEqual([400, {
      error: 'Cannot classify by labels of your own with "x": no (Leave your labels out)', error_type: "Validation",
    }]);
  });

  test.each<[string, object, number, string, string]>([
    ["an activation of the client's own", { function_to_apply: "softmax" }, 400,
      'Cannot obey "parameters.function_to_apply": only "none" can be asked for instead of the model\'s own', "Validation"],
    ["a strange top_k", { top_k: 0 }, 422, "Cannot read the request: parameters.top_k: found 0, expected a whole number above 0", "Validation"],
    ["no label", { candidate_labels: [] }, 422,
      "Cannot read the request: parameters.candidate_labels: found an empty list, expected a list of at least one label", "Validation"],
    ["what means nothing without labels", { multi_label: false }, 422,
      "Cannot read the request: parameters.candidate_labels: found nothing, expected a list of at least one label", "Validation"],
    ["a template without a place for the label", { candidate_labels: ["x"], hypothesis_template: "It is" }, 422,
      'Cannot read the request: parameters.hypothesis_template: found "It is", expected a string that holds "{}" once', "Validation"],
    ["more labels than the limit", { candidate_labels: Array.from({ length: 2049 }, () => "x") }, 400,
      "Cannot classify 2049 pairs of text and label in one request: the limit is 2048", "Validation"],
    ["a label over the limit", { candidate_labels: ["x".repeat(1001)] }, 413,
      "Cannot classify parameters.candidate_labels[0]: found 1001 bytes of text, the limit is 1000", "Validation"],
  ])("refuses %s", async (_, parameters, status, error, type) => {
    const { answer, deps } = await askFor("classify", { inputs: "a", parameters });
    expect([answer, deps.calls]).toEqual([[status, { error, error_type: type }], []]);
  });

  test("refuses more pairs of text and label than the limit", async () => {
    const inputs = Array.from({ length: 1025 }, () => "a");
    const { answer } = await askFor("classify", { inputs, parameters: { candidate_labels: ["x", "y"] } });
    expect(answer).toEqual([400, {
      error: "Cannot classify 2050 pairs of text and label in one request: the limit is 2048", error_type: "Validation",
    }]);
  });
});

describe("recognizeForHub()", () => {
  const entity = (word: string, end: number) => ({ entity_group: "PER", score: 0.5, word, start: 0, end });

  test.each([undefined, null, {}])("answers token_classification with parameters %p: entities of the text", async (parameters) => {
    const { answer, deps } = await askFor("recognize", { inputs: "👩 B", parameters });
    expect(answer).toEqual([200, [entity("👩 B", 3)]]);
    const request = { ...SENT, model: "x", texts: ["👩 B"], aggregation: "simple", stride: undefined };
    expect(deps.calls).toEqual([{ task: "recognize", request }]);
  });

  test.each(["simple", "first", "average", "max"])("hands aggregation_strategy %p and stride down", async (strategy) => {
    const { deps } = await askFor("recognize", { inputs: "a", parameters: { aggregation_strategy: strategy, stride: 0, ignore_labels: null } });
    expect(deps.calls[0]?.request).toMatchObject({ aggregation: strategy, stride: 0 });
  });

  test("answers a list of texts with a list of lists", async () => {
    const { answer } = await askFor("recognize", { inputs: ["a", "bc"] });
    expect(answer).toEqual([200, [[entity("a", 1)], [entity("bc", 2)]]]);
  });

  test.each<[string, object, number, string, string]>([
    ["tokens that are not joined", { inputs: "a", parameters: { aggregation_strategy: "none" } }, 400,
      'Cannot obey "parameters.aggregation_strategy": "none" would answer tokens, and only entities are answered', "Validation"],
    ["another strategy", { inputs: "a", parameters: { aggregation_strategy: "best" } }, 422,
      'Cannot read the request: parameters.aggregation_strategy: found "best", expected "simple", "first", "average", "max"', "Validation"],
    ["labels to leave out", { inputs: "a", parameters: { ignore_labels: ["PER"] } }, 400,
      'Cannot obey "parameters.ignore_labels": only "O" is left out, always', "Validation"],
    ["a negative stride", { inputs: "a", parameters: { stride: -1 } }, 422,
      "Cannot read the request: parameters.stride: found -1, expected a whole number of tokens, 0 or more", "Validation"],
    ["parameters that are none", { inputs: "a", parameters: "a" }, 422,
      'Cannot read the request: parameters: found "a", expected an object', "Validation"],
    ["no text", { inputs: [] }, 400, "Cannot recognize inputs: found an empty list", "Empty"],
    ["nothing", {}, 422, "Cannot read the request: inputs: found nothing, expected a string or a list of at least one string", "Validation"],
  ])("refuses %s", async (_, body, status, error, type) => {
    const { answer, deps } = await askFor("recognize", body);
    expect([answer, deps.calls]).toEqual([[status, { error, error_type: type }], []]);
  });
});
