import { describe, expect, test } from "bun:test";
import { quantizeBinary, quantizeInt8, quantizeUbinary, quantizeUint8 } from "../../src/server/quantize.ts";

describe("quantizeInt8()", () => {
  test.each([
    ["a unit vector", [0.6, -0.8], [76, -102]],
    ["the same at another length", [6, -8], [76, -102]],
    ["one axis", [0, -3, 0], [0, -127, 0]],
    ["a zero vector", [0, 0], [0, 0]],
    ["what rounds to zero from below", [1, -0.001], [127, 0]],
  ])("gives round(127 x) of %s at unit length", (_, vector, expected) => {
    expect(quantizeInt8(Float32Array.from(vector))).toEqual(expected);
  });

  test("leaves the vector as it is", () => {
    const vector = Float32Array.of(3, 4);
    quantizeInt8(vector);
    expect(vector).toEqual(Float32Array.of(3, 4));
  });
});

test("quantizeUint8() is the same plus 128", () => {
  expect(quantizeUint8(Float32Array.of(0.6, -0.8, 0))).toEqual([204, 26, 128]);
});

// numpy.packbits(v > 0) and (numpy.packbits(v > 0) - 128).astype(int8) of the same vectors.
describe.each([
  [[0.5, -1, 0, 2, 1, -3, 1e-9, 4, 1, -1], [155, 128], [27, 0]],
  [[-1, -1, -1, -1, -1, -1, -1, -1], [0], [-128]],
  [[1, 1, 1, 1, 1, 1, 1, 1], [255], [127]],
])("%p", (values, ubinary, binary) => {
  test("quantizeUbinary() and quantizeBinary() give what sentence-transformers gives", () => {
    const vector = Float32Array.from(values);
    expect(quantizeUbinary(vector)).toEqual(ubinary);
    expect(quantizeBinary(vector)).toEqual(binary);
  });
});
