import { describe, expect, test } from "bun:test";
import { formatFloats } from "../../src/server/float-text.ts";

/** Deterministic values over the whole range of float32 bit patterns. */
function createPatterns(count: number): Float32Array {
  const bits = new Uint32Array(count);
  let state = 12345;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bits[i] = state;
  }
  return new Float32Array(bits.buffer).filter(Number.isFinite);
}

const EDGES = Float32Array.of(0, 1, -1, 0.1, 1 / 3, 1e-8, 1.17549435e-38, 1e-45, 3.4028235e38, 16777217, -0.0078125);

/** Each bound of the text's forms with its neighbours on both sides, of both signs. */
function createBounds(): Float32Array {
  const bounds = [2 ** -20, 1e-6, 2 ** -16, 2 ** -13, 2 ** -10, 0.001, 2 ** -6, 0.1, 1, 9.9999999, 10, 99.999995, 100, 128, 1e9];
  const near = bounds.flatMap((bound) => {
    const bits = new Uint32Array(Float32Array.of(bound).buffer)[0] ?? 0;
    return [...new Float32Array(Uint32Array.from({ length: 9 }, (_, index) => bits + index - 4).buffer)];
  });
  return Float32Array.from([...near, ...near.map((value) => -value)]);
}

const read = (vector: Float32Array): Float32Array => {
  const numbers: number[] = JSON.parse(formatFloats(vector));
  return Float32Array.from(numbers);
};

describe("formatFloats()", () => {
  test.each([
    ["edge values", EDGES],
    ["values around each bound", createBounds()],
    ["values of any exponent", createPatterns(50_000)],
    ["components of a normalised vector", createPatterns(50_000).map((value) => Math.sin(value) / 20)],
    ["components of one that is not", createPatterns(50_000).map((value) => Math.sin(value) * 7)],
    ["logits", createPatterns(50_000).map((value) => Math.sin(value) * 150)],
  ])("reads back as the same float32 when given %s", (_, vector) => {
    expect(read(vector)).toEqual(new Float32Array(vector));
  });

  test.each([
    [[], "[]"],
    [[0, -0, 1, -1, 2.5, 10, 100.25, 127.9999], "[0,0,1,-1,2.5,10,100.25,127.9999008]"],
    [[0.5, -0.25, 0.1, -1 / 3], "[0.5,-0.25,0.100000001,-0.333333343]"],
    [[0.015625, 0.01, 0.001, 0.0001, 0.00001], "[0.015625,0.0099999998,0.001,0.000099999997,0.0000099999997]"],
    [[1e-6, 1e-7, 128, 1e9, -3e38], "[0.000001,1e-7,128,1000000000,-3.0000000054977558e+38]"],
  ])("writes %p as %s", (numbers, text) => {
    expect(formatFloats(Float32Array.from(numbers))).toBe(text);
  });

  test("writes vectors of any size after each other", () => {
    const sizes = [3, 5000, 1, 0, 8192];
    expect(sizes.map((size) => read(new Float32Array(size).fill(-1.1754943508222875e-38)).length)).toEqual(sizes);
  });
});
