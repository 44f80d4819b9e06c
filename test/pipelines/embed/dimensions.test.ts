import { describe, expect, test } from "bun:test";
import { checkDimensions, cutVector } from "../../../src/pipelines/embed/dimensions.ts";
import { createManifest } from "../embedder-parts.ts";

describe("checkDimensions()", () => {
  const trained = createManifest({ dimensions: [64, 128, 1024] });
  test.each([[undefined], [384], [128], [64]])("lets %p pass", (wanted) => {
    expect(checkDimensions(trained, 384, wanted)).toBeUndefined();
  });

  test("throws with the native size when the model is not trained for another", () => {
    expect(() => checkDimensions(createManifest(), 384, 100)).toThrow(
      'Cannot give vectors of "m" 100 dimensions: need 384, its native size',
    );
  });

  test("throws with every permitted size when the model is trained for some", () => {
    let caught: unknown;
    try {
      checkDimensions(trained, 384, 1024);
    } catch (error) {
      caught = error;
    }
    expect(caught).toMatchObject({
      code: "dimensions_not_allowed",
      message: 'Cannot give vectors of "m" 1024 dimensions: need 384, its native size, or one of 128, 64',
      hint: 'Leave "dimensions" out for vectors of 384',
      details: { param: "dimensions", dimensions: 1024, native: 384, permitted: [384, 128, 64] },
    });
  });
});

describe("cutVector()", () => {
  test("cuts and normalises again", () => {
    expect([...cutVector(Float32Array.of(3, 4, 12), 2)]).toEqual([Math.fround(0.6), Math.fround(0.8)]);
  });

  test("leaves a vector of that size as it is", () => {
    const vector = Float32Array.of(3, 4);
    expect([cutVector(vector, 2), cutVector(vector, undefined)]).toEqual([vector, vector]);
  });

  test("keeps a zero vector", () => {
    expect([...cutVector(new Float32Array(3), 2)]).toEqual([0, 0]);
  });
});
