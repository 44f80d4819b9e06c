import { describe, expect, test } from "bun:test";
import { countLabels, createLabels, type LabelConfig } from "../../src/models/labels.ts";
import type { GraphOutput } from "../../src/models/graph-outputs.ts";
import type { Task } from "../../src/task.ts";

const name = (...labels: string[]): Record<string, string> => Object.fromEntries(labels.map((label, id) => [String(id), label]));
const create = (config: LabelConfig | undefined, given: { task?: Task; outputs?: GraphOutput[] } = {}) =>
  createLabels({ model: "m", task: "classify", outputs: [], ...given, config });
const logits = (...dims: (number | undefined)[]): GraphOutput[] => [{ name: "logits", dims }];

describe("createLabels()", () => {
  test("orders labels by number and not by letter", () => {
    const labels = Array.from({ length: 12 }, (_, id) => `L${id}`);
    const id2label = Object.fromEntries(labels.map((label, id) => [String(id), label]).toReversed());
    expect(create({ id2label })).toEqual({ labels, isMultiLabel: false, activation: "softmax" });
  });

  test.each<[string, LabelConfig | undefined, GraphOutput[], string[]]>([
    ["num_labels", { num_labels: 3 }, [], ["LABEL_0", "LABEL_1", "LABEL_2"]],
    ["the graph's width", {}, logits(undefined, 1), ["LABEL_0"]],
    ["transformers' default", undefined, logits(undefined, undefined), ["LABEL_0", "LABEL_1"]],
    ["numbers as names", { id2label: { "0": 1, "1": 5 } }, [], ["1", "5"]],
  ])("numbers labels by %s", (_, config, outputs, labels) => {
    expect(create(config, { outputs }).labels).toEqual(labels);
  });

  test("takes labels one by one only where the model was trained so", () => {
    const of = (problem_type: string | null) => create({ num_labels: 2, problem_type }).isMultiLabel;
    expect([of("multi_label_classification"), of("single_label_classification"), of(null)]).toEqual([true, false, false]);
  });

  test.each([
    ["multi_label_classification", 2, "sigmoid"],
    ["single_label_classification", 2, "softmax"],
    ["single_label_classification", 1, "sigmoid"],
    [null, 2, "softmax"],
    [null, 1, "sigmoid"],
    ["regression", 2, "none"],
    ["regression", 1, "none"],
  ] as const)("reads of the problem %p with %p labels what makes scores of logits: %s", (problem_type, num_labels, activation) => {
    expect(create({ num_labels, problem_type }).activation).toBe(activation);
  });

  test.each<[string[], LabelConfig["label2id"], object | undefined]>([
    [["CONTRADICTION", "NEUTRAL", "ENTAILMENT"], undefined, { entailment: 2, contradiction: 0 }],
    [["entailment", "neutral", "contradiction"], undefined, { entailment: 0, contradiction: 2 }],
    [["contradiction", "entailment", "neutral"], undefined, { entailment: 1, contradiction: 0 }],
    [["neutral", "Entailment", "Contradiction"], undefined, { entailment: 1, contradiction: 2 }],
    [["entailment", "not_entailment"], undefined, { entailment: 0, contradiction: 1 }],
    [["not_entailment", "entailment"], undefined, { entailment: 1, contradiction: 0 }],
    [["entailment"], undefined, { entailment: 0, contradiction: 0 }],
    [["neutral", "entailment", "contradiction"], undefined, { entailment: 1, contradiction: 2 }],
    [["LABEL_0", "LABEL_1"], { contradiction: 0, entailment: 1 }, { entailment: 1, contradiction: 0 }],
    [["LABEL_0", "LABEL_1"], { entailment: 7 }, undefined],
    [["positive", "negative"], undefined, undefined],
  ])("finds entailment among %j and %j", (labels, label2id, inference) => {
    expect(create({ id2label: name(...labels), label2id }).inference).toEqual(inference as undefined);
    expect(create({ id2label: name(...labels), label2id }, { task: "rerank" }).inference).toBeUndefined();
  });

  test.each<[string, LabelConfig, Task, GraphOutput[], string]>([
    ["a gap", { id2label: { "0": "a", "2": "c" } }, "classify", [], 'found no label 1 among the 2 of "config.json"'],
    ["a name for no number", { id2label: { "0": "a", b: "c" } }, "classify", [], 'found no label 1 among the 2 of "config.json"'],
    ["a name that is none", { id2label: { "0": null } }, "classify", [], 'found no label 0 among the 1 of "config.json"'],
    ["fewer than the graph", { id2label: name("a", "b") }, "classify", logits(undefined, 3), 'found 2 labels in "config.json", need 3, the width of the graph\'s output'],
    ["a rank for tokens", {}, "rerank", [{ name: "hidden", dims: [undefined, undefined, 2] }], 'found the output "hidden" of rank 3, need rank 2 for the task "rerank"'],
    ["a rank for texts", {}, "recognize", logits(undefined, 2), 'found the output "logits" of rank 2, need rank 3 for the task "recognize"'],
  ])("refuses %s", (_, config, task, outputs, found) => {
    expect(() => create(config, { task, outputs })).toThrow(
      expect.objectContaining({ code: "model_load_failed", message: `Cannot load model "m": ${found}` }),
    );
  });

  test("names the remedy where the task does not fit the graph", () => {
    expect(() => create({}, { task: "recognize", outputs: logits(undefined, 2) })).toThrow(
      expect.objectContaining({ hint: "Set models.m.task in termite.yaml to what the model is for" }),
    );
  });
});

test("countLabels() counts names before it believes a number", () => {
  expect([countLabels({ id2label: name("a"), num_labels: 3 }), countLabels({ num_labels: 3 }), countLabels(undefined)]).toEqual([1, 3, undefined]);
});
