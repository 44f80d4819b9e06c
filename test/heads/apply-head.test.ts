import { expect, test } from "bun:test";
import { applyHead } from "../../src/heads/apply-head.ts";

/** Two texts of 1 and 2 tokens, width 2; the row [99, 99] is padding. */
const OUTPUT = { dims: [2, 2, 2], data: new Float32Array([3, 4, 99, 99, -1, 0, 0.5, -2]) };
const BATCH = { lengths: new Int32Array([1, 2]) };

test("applyHead() gives every token's vector without padding when the head is tokens", () => {
  expect(applyHead({ kind: "tokens", normalize: false }, OUTPUT, BATCH)).toEqual({
    kind: "ragged", width: 2, lengths: new Int32Array([1, 2]), data: new Float32Array([3, 4, -1, 0, 0.5, -2]),
  });
});

test("applyHead() normalizes each token's vector when the head says so", () => {
  const result = applyHead({ kind: "tokens", normalize: true }, OUTPUT, BATCH);
  const norm = Math.sqrt(4.25);
  expect(result).toMatchObject({ data: new Float32Array([0.6, 0.8, -1, 0, 0.5 / norm, -2 / norm]) });
});

test("applyHead() gives one row a text when the logits have rank 2", () => {
  const output = { dims: [2, 3], data: new Float32Array([1, 2, 3, 4, 5, 6]) };
  const result = applyHead({ kind: "logits" }, output, BATCH);
  expect(result).toEqual({ kind: "dense", width: 3, data: new Float32Array([1, 2, 3, 4, 5, 6]) });
  output.data.fill(0);
  expect(result).toMatchObject({ data: new Float32Array([1, 2, 3, 4, 5, 6]) });
});

test("applyHead() cuts rows to each text's length when the logits have rank 3", () => {
  expect(applyHead({ kind: "logits" }, OUTPUT, BATCH)).toEqual({
    kind: "ragged", width: 2, lengths: new Int32Array([1, 2]), data: new Float32Array([3, 4, -1, 0, 0.5, -2]),
  });
});

test("applyHead() throws when the logits have another shape", () => {
  const output = { dims: [3, 1], data: new Float32Array(3) };
  expect(() => applyHead({ kind: "logits" }, output, BATCH)).toThrow(
    "Cannot read scores: found an output of shape [3, 1], need [2, labels]",
  );
});

test("applyHead() gives ascending indices of positive maxima when the head is splade", () => {
  const output = { dims: [2, 2, 3], data: new Float32Array([0, 2, -1, 99, 99, 99, -5, 1, 0.5, -3, 4, -2]) };
  expect(applyHead({ kind: "splade" }, output, BATCH)).toEqual({
    kind: "sparse", lengths: new Int32Array([1, 2]), indices: new Int32Array([1, 1, 2]),
    values: new Float32Array([Math.log(3), Math.log(5), Math.log(1.5)]),
  });
});
