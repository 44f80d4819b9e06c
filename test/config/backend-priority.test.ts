import { describe, expect, test } from "bun:test";
import { isReservedTarget, listNamedTargets, resolveBackendPriority } from "../../src/config/backend-priority.ts";
import type { Target } from "../../src/target.ts";

describe("resolveBackendPriority()", () => {
  test.each<[string[], Target[]]>([
    [[], []],
    [["onnx:cpu"], ["onnx:cpu"]],
    [["onnx"], ["onnx:cuda", "onnx:cpu"]],
    [["xla"], ["xla:cuda", "xla:tpu", "xla:cpu"]],
    [["xla:cpu", "onnx"], ["xla:cpu", "onnx:cuda", "onnx:cpu"]],
    [["onnx:cpu", "onnx", "onnx:cpu"], ["onnx:cpu", "onnx:cuda"]],
  ])("makes of %p %p", (words, targets) => {
    expect(resolveBackendPriority(words)).toEqual(targets);
  });
});

describe("isReservedTarget()", () => {
  test.each([
    ["onnx:cuda:1", true],
    ["xla:tpu:12", true],
    ["onnx:cuda", false],
    ["onnx:cuda:", false],
    ["onnx:cuda:x", false],
    ["onnx:1", false],
  ])("is for %p %p", (word, expected) => {
    expect(isReservedTarget(word)).toBe(expected);
  });
});

test.each<[unknown, Target[]]>([
  [["onnx", "xla"], []],
  [["onnx:cuda", "onnx", "xla:cpu"], ["onnx:cuda", "xla:cpu"]],
  [undefined, []],
])("listNamedTargets() of %p keeps those with a device", (words, named) => {
  expect(listNamedTargets(words)).toEqual(named);
});
