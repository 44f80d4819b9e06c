import { describe, expect, test } from "bun:test";
import {
  checkProduct, createLeft, createProduct, createRight, MATRIX_NUMBERS, MATRIX_SIZE,
} from "../../../src/plugins/probe/matrix-product.ts";

const [left, right] = [createLeft(), createRight()];
const product = createProduct(left, right);
const changed = (change: (numbers: Float32Array) => void): Float32Array => {
  const numbers = product.slice();
  change(numbers);
  return numbers;
};
const rows = (matrix: Float32Array): string[] =>
  Array.from({ length: MATRIX_SIZE }, (_, i) => matrix.slice(i * MATRIX_SIZE, (i + 1) * MATRIX_SIZE).join());
const transpose = (matrix: Float32Array): Float32Array =>
  matrix.map((_, i) => matrix[(i % MATRIX_SIZE) * MATRIX_SIZE + Math.floor(i / MATRIX_SIZE)] ?? Number.NaN);

describe("matrices", () => {
  test.each([["left", left], ["right", right]] as const)("%s holds the integers from -6 to 6 and no others", (_, matrix) => {
    expect(matrix.length).toBe(16_384);
    expect([...new Set(matrix)].sort((a, b) => a - b)).toEqual([-6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6]);
  });

  test.each([["left", left], ["right", right], ["product", product]] as const)("%s has no row or column twice", (_, matrix) => {
    expect(new Set(rows(matrix)).size).toBe(MATRIX_SIZE);
    expect(new Set(rows(transpose(matrix))).size).toBe(MATRIX_SIZE);
  });

  test("the product stays far below 2^24, so that float32 holds every partial sum", () => {
    const sizes = createProduct(left.map(Math.abs), right.map(Math.abs));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4608);
  });
});

describe("createProduct()", () => {
  test("multiplies rows by columns when the matrices are small enough to do it by hand", () => {
    const [a, b] = [new Float32Array(MATRIX_NUMBERS), new Float32Array(MATRIX_NUMBERS)];
    a.set([2, 3]);
    b.set([5, 7]);
    b.set([11, 13], MATRIX_SIZE);
    expect(Array.from(createProduct(a, b).subarray(0, 3))).toEqual([43, 53, 0]);
  });
});

describe("checkProduct()", () => {
  test("takes the right product", () => {
    expect(() => checkProduct(product, left, right)).not.toThrow();
  });

  test.each([
    ["3 of 16384 numbers wrong, the worst by 0.5", changed((it) => [7, 300, 16_383].forEach((i, k) => (it[i]! += (k + 2) / 8)))],
    ["1 of 16384 numbers wrong, the worst by 1", changed((it) => (it[0]! -= 1))],
    ["2 of 16384 numbers wrong, the worst is no number", changed((it) => it.set([Number.NaN, 1e9], 40))],
    ["1 of 16384 numbers wrong, the worst is no number", changed((it) => (it[9] = Infinity))],
    ["0 numbers instead of 16384", new Float32Array(0)],
    ["16383 numbers instead of 16384", product.slice(1)],
  ])("throws when it finds %s", (found, numbers) => {
    expect(() => checkProduct(numbers, left, right)).toThrow(`Cannot trust the product: found ${found}`);
  });

  test.each([
    ["transposed", transpose(product)],
    ["of the matrices in the other order", createProduct(right, left)],
    ["zero", new Float32Array(MATRIX_NUMBERS)],
  ])("throws when the product is %s", (_, numbers) => {
    expect(() => checkProduct(numbers, left, right)).toThrow(/^Cannot trust the product: found \d{5} of 16384 numbers wrong/);
  });
});
