import { describe, expect, test } from "bun:test";
import { applySigmoid, applySoftmax, sortScores } from "../../../src/pipelines/results/scores.ts";

// Expected values from Python: 1 / (1 + math.exp(-x)), and math.exp over their sum.
describe("applySigmoid()", () => {
  test.each([
    [0, 0.5],
    [1.5, 0.8175744761936437],
    [-2, 0.11920292202211755],
    [800, 1],
    [-800, 0],
    [-40, 4.248354255291589e-18],
  ])("of %p is %p", (logit, expected) => {
    expect(applySigmoid(logit)).toBeCloseTo(expected, 15);
  });

  test("keeps small probabilities apart", () => {
    expect(applySigmoid(-40) / 4.248354255291589e-18).toBeCloseTo(1, 12);
  });
});

describe("applySoftmax()", () => {
  test.each([
    [[1, 2, 3], [0.09003057317038046, 0.24472847105479764, 0.6652409557748218]],
    [[1000, 1001], [0.2689414213699951, 0.7310585786300049]],
    [[-1e6, 0], [0, 1]],
    [[5], [1]],
    [[], []],
  ])("of %p is %p", (logits, expected) => {
    const scores = applySoftmax(Float32Array.from(logits));
    expect(scores).toHaveLength(expected.length);
    for (const [index, score] of scores.entries()) expect(score).toBeCloseTo(expected[index] ?? Number.NaN, 14);
  });
});

describe("sortScores()", () => {
  test("puts the best first and leaves equals in their order", () => {
    const labels = sortScores([["a", 0.2], ["b", 0.3], ["c", 0.2], ["d", 0.3]].map(([label, score]) => ({ label: `${label}`, score: Number(score) })));
    expect(labels.map(({ label }) => label)).toEqual(["b", "d", "a", "c"]);
  });
});
