import { describe, expect, test } from "bun:test";
import { formatBase64, formatBinary, shortenFloats } from "../../src/server/vectors.ts";

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

describe("shortenFloats()", () => {
  test.each([
    ["edge values", EDGES],
    ["values of any exponent", createPatterns(20_000)],
    ["components of a normalised vector", createPatterns(20_000).map((value) => Math.sin(value) / 20)],
  ])("reads back as the same float32 when given %s", (_, vector) => {
    const text = JSON.stringify(shortenFloats(vector));
    const read: number[] = JSON.parse(text);
    expect(Float32Array.from(read)).toEqual(new Float32Array(vector));
  });

  test("prints fewer digits than the double has", () => {
    expect(JSON.stringify(shortenFloats(Float32Array.of(0.1, -1 / 3, 2)))).toBe("[0.100000001,-0.333333343,2]");
  });
});

describe("formatBase64()", () => {
  test("writes little-endian float32 of just this view when it is part of a larger buffer", () => {
    const whole = Float32Array.of(9, 1, -2, 9);
    expect(formatBase64(whole.subarray(1, 3))).toBe("AACAPwAAAMA=");
  });
});

describe("formatBinary()", () => {
  test("writes both counts and the numbers, little-endian", () => {
    const bytes = formatBinary([Float32Array.of(1, -2), Float32Array.of(0.5, 0)]);
    const numbers = ["0200000000000000", "0200000000000000", "0000803f", "000000c0", "0000003f", "00000000"];
    expect(Buffer.from(bytes).toString("hex")).toBe(numbers.join(""));
  });

  test("writes a count of 0 alone when there are no vectors", () => {
    expect(Buffer.from(formatBinary([])).toString("hex")).toBe("0000000000000000");
  });
});
