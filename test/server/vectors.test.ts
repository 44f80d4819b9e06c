import { describe, expect, test } from "bun:test";
import { bytesOf, formatBinary, shortenFloats } from "../../src/server/vectors.ts";

describe("shortenFloats()", () => {
  test("prints fewer digits than the double has, and reads back as the same float32", () => {
    const values = Float32Array.of(0.1, -1 / 3, 2, 1e-8, 3.4028235e38);
    expect(JSON.stringify(shortenFloats(values))).toBe("[0.100000001,-0.333333343,2,1e-8,3.4028234663852886e+38]");
    expect(Float32Array.from(shortenFloats(values))).toEqual(values);
  });
});

describe("bytesOf()", () => {
  test("gives little-endian float32 of just this view when it is part of a larger buffer", () => {
    const whole = Float32Array.of(9, 1, -2, 9);
    expect(Buffer.from(bytesOf(whole.subarray(1, 3))).toString("base64")).toBe("AACAPwAAAMA=");
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
