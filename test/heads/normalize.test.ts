import { expect, test } from "bun:test";
import { applyNormalize } from "../../src/heads/normalize.ts";

test("applyNormalize() divides by the length, and leaves zeros zero", () => {
  expect([...applyNormalize(new Float64Array([3, -4]))]).toEqual([0.6, -0.8]);
  expect([...applyNormalize(new Float64Array([0, 0]))]).toEqual([0, 0]);
});

test("applyNormalize() divides by torch's epsilon when the vector is shorter than it", () => {
  expect(applyNormalize(new Float64Array([1e-13]))[0]).toBeCloseTo(0.1, 12);
});
