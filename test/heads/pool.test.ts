// Numbers worked out with numpy after `Pooling.forward` of sentence-transformers.
import { describe, expect, test } from "bun:test";
import { applyHead } from "../../src/heads/apply-head.ts";
import type { PoolHead, PoolMode } from "../../src/heads/head.ts";

/** Two texts of 4 and 2 tokens, width 3; the second's last two rows are padding that no mode may see. */
const OUTPUT = {
  dims: [2, 4, 3],
  data: new Float32Array([
    -5, 2, -2, 5, 1, -3, 4, 0, -4, 3, -1, -5,
    2, -2, 5, 1, -3, 4, 99, 99, 99, 99, 99, 99,
  ]),
};
const LENGTHS = new Int32Array([4, 2]);
const pool = (modes: readonly PoolMode[], poolFrom?: readonly number[], steps: PoolHead["steps"] = []): number[] => {
  const batch = poolFrom ? { lengths: LENGTHS, poolFrom: new Int32Array(poolFrom) } : { lengths: LENGTHS };
  const result = applyHead({ kind: "pool", modes, steps }, OUTPUT, batch);
  if (result.kind !== "dense") throw new TypeError("not dense");
  expect(result.data.length).toBe(result.width * 2);
  return [...result.data];
};
const closeTo = (actual: readonly number[], expected: readonly number[]): void => {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 6));
};
const LEFT_OUT = -1e9;

describe("applyPool()", () => {
  const plain: Readonly<Record<PoolMode, readonly number[]>> = {
    cls: [-5, 2, -2, 2, -2, 5],
    max: [5, 2, -2, 2, -2, 5],
    mean: [1.75, 0.5, -3.5, 1.5, -2.5, 4.5],
    mean_sqrt_len: [3.5, 1, -7, 2.1213203435596424, -3.5355339059327373, 6.363961030678928],
    weightedmean: [2.9, 0, -4, 1.3333333333333333, -2.6666666666666665, 4.333333333333333],
    lasttoken: [3, -1, -5, 1, -3, 4],
  };
  const withPrompt: Readonly<Record<PoolMode, readonly number[]>> = {
    cls: [4, 0, -4, 1, -3, 4],
    max: [4, 0, -4, 1, -3, 4],
    mean: [3.5, -0.5, -4.5, 1, -3, 4],
    mean_sqrt_len: [4.949747468305833, -0.7071067811865475, -6.363961030678928, 1, -3, 4],
    weightedmean: [3.4285714285714284, -0.5714285714285714, -4.571428571428571, 1, -3, 4],
    lasttoken: [3, -1, -5, 1, -3, 4],
  };
  const nothingLeft: Readonly<Record<PoolMode, readonly number[]>> = {
    cls: [-5, 2, -2, 2, -2, 5],
    max: [LEFT_OUT, LEFT_OUT, LEFT_OUT, LEFT_OUT, LEFT_OUT, LEFT_OUT],
    mean: [0, 0, 0, 0, 0, 0],
    mean_sqrt_len: [0, 0, 0, 0, 0, 0],
    weightedmean: [0, 0, 0, 0, 0, 0],
    lasttoken: [0, 0, 0, 0, 0, 0],
  };
  for (const mode of Object.keys(plain) as PoolMode[]) {
    test(`applyPool() leaves padding out when the mode is ${mode}`, () => closeTo(pool([mode]), plain[mode]));
    test(`applyPool() leaves a prompt of 2 and 1 tokens out when the mode is ${mode}`, () => {
      closeTo(pool([mode], [2, 1]), withPrompt[mode]);
    });
    test(`applyPool() gives what torch gives when every token is left out and the mode is ${mode}`, () => {
      closeTo(pool([mode], [4, 4]), nothingLeft[mode]);
    });
  }

  test("applyPool() concatenates modes in their own order", () => {
    const expected = [3, -1, -5, 1.75, 0.5, -3.5, -5, 2, -2, 1, -3, 4, 1.5, -2.5, 4.5, 2, -2, 5];
    closeTo(pool(["lasttoken", "mean", "cls"]), expected);
  });

  test("applyPool() applies the steps in their order", () => {
    const weight = new Float32Array([1, 0, 1, 0, 2, 0]);
    const bias = new Float32Array([0.25, -1]);
    const dense = { kind: "dense", inFeatures: 3, outFeatures: 2, weight, bias, activation: "relu" } as const;
    closeTo(pool(["mean"], undefined, [dense]), [0, 0, 6.25, 0]);
    closeTo(pool(["mean"], undefined, [dense, { kind: "normalize" }]), [0, 0, 1, 0]);
  });

  test("applyPool() adds up in float64 when float32 would lose a small term", () => {
    const output = { dims: [1, 3, 1], data: new Float32Array([2 ** 25, 1, -(2 ** 25)]) };
    const result = applyHead({ kind: "pool", modes: ["mean"], steps: [] }, output, { lengths: new Int32Array([3]) });
    expect(result).toEqual({ kind: "dense", width: 1, data: new Float32Array([1 / 3]) });
  });

  test("applyPool() throws when the output is not of the batch's shape", () => {
    const head = { kind: "pool", modes: ["mean"], steps: [] } as const;
    expect(() => applyHead(head, OUTPUT, { lengths: new Int32Array([5, 1]) })).toThrow(
      "Cannot read token vectors: found an output of shape [2, 4, 3], need [2, 5 or more, width]",
    );
    expect(() => applyHead(head, OUTPUT, { lengths: new Int32Array([4]) })).toThrow("need [1, 4 or more, width]");
  });
});
