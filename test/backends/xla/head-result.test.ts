// Batches filled up to a bucket, split over several, and their results joined again.
import { expect, test } from "bun:test";
import { fillBatch, selectTexts } from "../../../src/backends/xla/fill-batch.ts";
import { mergeResults, readHeadResult } from "../../../src/backends/xla/head-result.ts";
import type { TokenBatch } from "../../../src/tensor.ts";

const ints = (...values: number[]): Int32Array => Int32Array.from(values);
const BATCH: TokenBatch = { ids: ints(1, 2, 3, 4, 5, 6), lengths: ints(2, 1, 3), typeIds: ints(0, 1, 0, 0, 1, 1), poolFrom: ints(1, 0, 2) };

test("fillBatch() repeats the first text", () => {
  expect(fillBatch(BATCH, 5)).toEqual({
    ids: ints(1, 2, 3, 4, 5, 6, 1, 2, 1, 2), lengths: ints(2, 1, 3, 2, 2),
    typeIds: ints(0, 1, 0, 0, 1, 1, 0, 1, 0, 1), poolFrom: ints(1, 0, 2, 1, 1),
  });
  expect(fillBatch(BATCH, 3)).toBe(BATCH);
});

test("selectTexts() takes texts in any order", () => {
  expect(selectTexts(BATCH, [2, 0])).toEqual({
    ids: ints(4, 5, 6, 1, 2), lengths: ints(3, 2), typeIds: ints(0, 1, 1, 0, 1), poolFrom: ints(2, 1),
  });
});

test("readHeadResult() leaves out rows that no text asked for, padding, and a sparse head's zeros", () => {
  const two = { ids: ints(1, 2, 3), lengths: ints(1, 2) };
  const data = Float32Array.from({ length: 3 * 2 * 2 }, (_, i) => i);
  expect(readHeadResult("tokens", { dims: [3, 2, 2], data }, two)).toEqual({
    kind: "ragged", width: 2, lengths: ints(1, 2), data: Float32Array.of(0, 1, 4, 5, 6, 7),
  });
  expect(readHeadResult("pool", { dims: [3, 4], data }, two)).toEqual({ kind: "dense", width: 4, data: data.slice(0, 8) });
  const sparse = Float32Array.of(0, 0.5, 0, 0, 0, 2, 9, 9, 9);
  expect(readHeadResult("splade", { dims: [3, 3], data: sparse }, two)).toEqual({
    kind: "sparse", lengths: ints(1, 1), indices: ints(1, 2), values: Float32Array.of(0.5, 2),
  });
});

const chunk = (rows: readonly number[]): { rows: readonly number[]; shape: { batch: number; length: number } } => {
  return { rows, shape: { batch: 2, length: 2 } };
};

test("mergeResults() puts every kind of result into the batch's order", () => {
  const dense = (...data: number[]) => ({ kind: "dense" as const, width: 1, data: Float32Array.from(data) });
  expect(mergeResults([{ chunk: chunk([2, 0]), result: dense(2, 0) }, { chunk: chunk([1]), result: dense(1) }])).toEqual(dense(0, 1, 2));
  const ragged = (lengths: number[], data: number[]) => {
    return { kind: "ragged" as const, width: 1, lengths: Int32Array.from(lengths), data: Float32Array.from(data) };
  };
  expect(mergeResults([
    { chunk: chunk([1, 0]), result: ragged([1, 2], [10, 0, 1]) }, { chunk: chunk([2]), result: ragged([2], [20, 21]) },
  ])).toEqual(ragged([2, 1, 2], [0, 1, 10, 20, 21]));
  const sparse = (lengths: number[], indices: number[]) => {
    return { kind: "sparse" as const, lengths: Int32Array.from(lengths), indices: Int32Array.from(indices), values: Float32Array.from(indices) };
  };
  expect(mergeResults([
    { chunk: chunk([2]), result: sparse([1], [7]) }, { chunk: chunk([0, 1]), result: sparse([0, 2], [3, 4]) },
  ])).toEqual(sparse([0, 2, 1], [3, 4, 7]));
});

test("mergeResults() copies nothing when one chunk holds the batch as it is", () => {
  const result = { kind: "dense" as const, width: 1, data: Float32Array.of(1, 2) };
  expect(mergeResults([{ chunk: chunk([0, 1]), result }])).toBe(result);
});
