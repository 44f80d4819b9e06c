// What counts as the same answer.
import { expect, test } from "bun:test";
import { compareAnswers, cosine, isSame, LEAST_COSINE, resolveThreshold } from "../../../src/cli/verify/compare.ts";
import { comparePairs, formatEngines, formatPairs } from "../../../src/cli/verify/report.ts";
import type { VerifyReport } from "../../../src/cli/verify/report.ts";
import { createTimedText, VERIFY_TEXTS } from "../../../src/cli/verify/texts.ts";

test("cosine() of what has no angle", () => {
  expect(cosine([1, 2], [2, 4])).toBeCloseTo(1, 12);
  expect(cosine([1, 0], [0, 1])).toBe(0);
  expect(cosine([], [])).toBe(1);
  expect(cosine([0, 0], [0, 0])).toBe(1);
  expect(cosine([1], [1, 2])).toBe(0);
  expect(cosine([Number.NaN], [1])).toBe(0);
});

test("compareAnswers() takes the worst text, the mean, and counts labels that differ", () => {
  const left = { vectors: [[1, 0], [1, 1]], labels: ["a", "b"] };
  const right = { vectors: [[1, 0], [1, 0]], labels: ["a", "c"] };
  const { minCosine, meanCosine, differentLabels } = compareAnswers(left, right);
  expect(minCosine).toBeCloseTo(Math.SQRT1_2, 9);
  expect(meanCosine).toBeCloseTo((1 + Math.SQRT1_2) / 2, 9);
  expect(differentLabels).toBe(1);
  expect(() => compareAnswers(left, { vectors: [] })).toThrow(new RangeError("Cannot compare answers: found 2 and 0"));
});

test("isSame() asks of a model no more than its own batches show", () => {
  expect(resolveThreshold(1)).toBe(LEAST_COSINE);
  expect(resolveThreshold(0.994)).toBe(0.994);
  expect(isSame({ minCosine: 0.9999, meanCosine: 1 }, resolveThreshold(1))).toBe(false);
  expect(isSame({ minCosine: 0.995, meanCosine: 1 }, resolveThreshold(0.994))).toBe(true);
  expect(isSame({ minCosine: 1, meanCosine: 1, differentLabels: 1 }, resolveThreshold(1))).toBe(false);
  expect(isSame({ minCosine: 1, meanCosine: 1, differentLabels: 1 }, resolveThreshold(0.994))).toBe(true);
});

test("VERIFY_TEXTS are sixty, and no two of the longer ones are the same", () => {
  expect(VERIFY_TEXTS).toHaveLength(60);
  expect(new Set(VERIFY_TEXTS).size).toBe(60);
  expect(createTimedText(32, 0).split(" ")).toHaveLength(30);
  expect(createTimedText(32, 0)).not.toBe(createTimedText(32, 1));
});

test("comparePairs() and the tables name every pair once", () => {
  const asked = ["onnx:cpu", "xla:cpu", "xla:cuda"].map((name) => ({ name, answers: { vectors: [[1, 2]], labels: ["x"] } }));
  const pairs = comparePairs(asked, LEAST_COSINE);
  expect(pairs.map(({ left, right }) => `${left} ${right}`)).toEqual(["onnx:cpu xla:cpu", "onnx:cpu xla:cuda", "xla:cpu xla:cuda"]);
  const report: VerifyReport = {
    model: "m", task: "classify", texts: 1, threshold: LEAST_COSINE, pairs, ok: true,
    engines: [{ target: "xla:cpu", library: "pjrt", version: "0.115", device: "cpu", timingsMs: { "1x16": 2.345 } }],
  };
  expect(formatPairs(report)[0]).toEqual(["onnx:cpu - xla:cpu", "1.00000000", "1.00000000", "equal", "same"]);
  expect(formatEngines(report)[0]).toEqual(["xla:cpu", "pjrt 0.115", "cpu", "2.3", "0.0", "0.0", "0.0"]);
});
