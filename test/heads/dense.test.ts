import { expect, test } from "bun:test";
import { ACTIVATIONS, erf } from "../../src/heads/activations.ts";
import { applyDense } from "../../src/heads/dense.ts";
import type { Activation } from "../../src/heads/head.ts";

/** [x, activation(x)], from Python's `math`. */
const TABLE: Readonly<Record<Activation, readonly (readonly [number, number])[]>> = {
  identity: [[-1.5, -1.5], [2, 2]],
  relu: [[-1.5, 0], [2, 2]],
  tanh: [[-1.5, -0.9051482536448664], [0.5, 0.46211715726000974]],
  gelu: [[-1.5, -0.10021080190328713], [0.5, 0.34573123063700656], [2, 1.9544997361036416], [-40, 0]],
  sigmoid: [[-1.5, 0.18242552380635635], [2, 0.8807970779778823]],
  silu: [[-1.5, -0.2736382857095345], [2, 1.7615941559557646]],
};

for (const [name, pairs] of Object.entries(TABLE) as [Activation, (typeof TABLE)[Activation]][]) {
  test(`ACTIVATIONS.${name}() computes what torch computes`, () => {
    for (const [x, y] of pairs) expect(ACTIVATIONS[name](x)).toBeCloseTo(y, 14);
  });
}

test("erf() agrees with Python's math.erf over its whole range", () => {
  const table = [
    [0, 0], [0.1, 0.1124629160182849], [1, 0.8427007929497149], [-2.5, -0.999593047982555], [5.9, 1], [7, 1],
  ];
  for (const [x = 0, y = 0] of table) expect(erf(x)).toBeCloseTo(y, 13);
});

test("applyDense() reads the weight as rows of the outputs, without a bias too", () => {
  const step = { kind: "dense", inFeatures: 2, outFeatures: 3, activation: "identity" } as const;
  const weight = new Float32Array([1, 2, 3, 4, 5, 6]);
  expect([...applyDense({ ...step, weight }, new Float64Array([10, 1]))]).toEqual([12, 34, 56]);
});

test("applyDense() throws when the vector is not as wide as the layer", () => {
  const weight = new Float32Array(2);
  const step = { kind: "dense", inFeatures: 2, outFeatures: 1, activation: "identity", weight } as const;
  expect(() => applyDense(step, new Float64Array(3))).toThrow("Cannot apply a dense layer: found 3 values, need 2");
});
