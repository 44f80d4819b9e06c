// One result per text out of the result of a batch. Pure; the parts are copies, so that one kept vector keeps no batch.
import { TermiteError } from "../errors.ts";
import type { HeadResult, RaggedResult, SparseResult } from "../heads/head.ts";

/** `count` results in the batch's order. Throws `internal` when the result does not have `count` rows. */
export function createItemResults(result: HeadResult, count: number): HeadResult[] {
  if (result.kind === "ragged") return createRaggedResults(result, count);
  if (result.kind === "sparse") return createSparseResults(result, count);
  const { width, data } = result;
  checkSize(data.length, count * width);
  return Array.from({ length: count }, (_, row) => ({ kind: "dense", width, data: data.slice(row * width, (row + 1) * width) }));
}

function createRaggedResults({ width, lengths, data }: RaggedResult, count: number): HeadResult[] {
  const ranges = createRanges(lengths, count);
  checkSize(data.length, (ranges.at(-1)?.end ?? 0) * width);
  return ranges.map(({ start, end }) => ({
    kind: "ragged", width, lengths: Int32Array.of(end - start), data: data.slice(start * width, end * width),
  }));
}

function createSparseResults({ lengths, indices, values }: SparseResult, count: number): HeadResult[] {
  const ranges = createRanges(lengths, count);
  checkSize(indices.length, ranges.at(-1)?.end ?? 0);
  checkSize(values.length, indices.length);
  return ranges.map(({ start, end }) => ({
    kind: "sparse", lengths: Int32Array.of(end - start), indices: indices.slice(start, end), values: values.slice(start, end),
  }));
}

function createRanges(lengths: Int32Array, count: number): { start: number; end: number }[] {
  checkSize(lengths.length, count);
  let end = 0;
  return Array.from(lengths, (length) => ({ start: end, end: (end += length) }));
}

function checkSize(found: number, needed: number): void {
  if (found === needed) return;
  throw new TermiteError("internal", `Cannot split the result of a batch: found ${found} elements, need ${needed}`);
}
