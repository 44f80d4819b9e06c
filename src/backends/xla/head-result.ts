// What is left to do of a head once its program has run, and the results of several programs as one.
import type { DenseResult, Head, HeadResult, RaggedResult, SparseResult } from "../../heads/head.ts";
import { resolveTextRows } from "../../heads/token-grid.ts";
import type { ModelOutput } from "../../heads/token-grid.ts";
import { cutRows } from "../../heads/tokens.ts";
import type { TokenBatch } from "../../tensor.ts";
import type { Chunk } from "./buckets.ts";
import { createStarts } from "./fill-batch.ts";

/** `output` has rows for more texts than the batch, and is not kept. */
export function readHeadResult(kind: Head["kind"], { dims, data }: ModelOutput, { lengths }: TokenBatch): HeadResult {
  const [, second = 0, width = 0] = dims;
  const count = lengths.length;
  if (dims.length === 3) {
    return cutRows(resolveTextRows({ dims: [count, second, width], data: data.subarray(0, count * second * width) }, { lengths }));
  }
  if (kind === "splade") return readSparse(data, count, second);
  return { kind: "dense", width: second, data: data.slice(0, count * second) };
}

function readSparse(data: Float32Array, count: number, width: number): SparseResult {
  const indices: number[] = [];
  const values: number[] = [];
  const lengths = Int32Array.from({ length: count }, (_, row) => {
    const before = indices.length;
    for (let i = 0; i < width; i++) {
      const value = data[row * width + i] ?? 0;
      if (value <= 0) continue;
      indices.push(i);
      values.push(value);
    }
    return indices.length - before;
  });
  return { kind: "sparse", lengths, indices: Int32Array.from(indices), values: Float32Array.from(values) };
}

export interface ChunkResult {
  chunk: Chunk;
  result: HeadResult;
}

/** The chunks' rows in the order of the batch. Throws `TypeError` when the chunks' results are of several kinds. */
export function mergeResults(parts: readonly ChunkResult[]): HeadResult {
  const [first] = parts;
  if (first === undefined) throw new TypeError("Cannot merge results: found none");
  const isWhole = parts.length === 1 && first.chunk.rows.every((row, at) => row === at);
  if (isWhole) return first.result;
  const rows = parts.flatMap(({ chunk, result }) => splitRows(result, chunk));
  rows.sort((a, b) => a.row - b.row);
  return joinRows(first.result, rows);
}

interface Row {
  row: number;
  result: HeadResult;
  /** Place among the result's texts, and where its values begin. */
  at: number;
  start: number;
}

function splitRows(result: HeadResult, { rows }: Chunk): Row[] {
  const starts = result.kind === "dense" ? undefined : createStarts(result.lengths);
  return rows.map((row, at) => ({ row, result, at, start: starts?.[at] ?? at }));
}

function joinRows(example: HeadResult, rows: readonly Row[]): HeadResult {
  switch (example.kind) {
    case "dense": return joinDense(example, rows);
    case "ragged": return joinRagged(example, rows);
    case "sparse": return joinSparse(rows);
  }
}

function joinDense({ width }: DenseResult, rows: readonly Row[]): DenseResult {
  const data = new Float32Array(rows.length * width);
  rows.forEach(({ result, start }, i) => {
    if (result.kind === "dense") data.set(result.data.subarray(start * width, (start + 1) * width), i * width);
  });
  return { kind: "dense", width, data };
}

const lengthOf = ({ result, at }: Row): number => (result.kind === "dense" ? 1 : (result.lengths[at] ?? 0));

function joinRagged({ width }: RaggedResult, rows: readonly Row[]): RaggedResult {
  const lengths = Int32Array.from(rows, lengthOf);
  const offsets = createStarts(lengths);
  const data = new Float32Array(lengths.reduce((sum, length) => sum + length, 0) * width);
  rows.forEach(({ result, start }, i) => {
    if (result.kind !== "ragged") return;
    data.set(result.data.subarray(start * width, (start + (lengths[i] ?? 0)) * width), (offsets[i] ?? 0) * width);
  });
  return { kind: "ragged", width, lengths, data };
}

function joinSparse(rows: readonly Row[]): SparseResult {
  const lengths = Int32Array.from(rows, lengthOf);
  const offsets = createStarts(lengths);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const [indices, values] = [new Int32Array(total), new Float32Array(total)];
  rows.forEach(({ result, start }, i) => {
    if (result.kind !== "sparse") return;
    const end = start + (lengths[i] ?? 0);
    indices.set(result.indices.subarray(start, end), offsets[i] ?? 0);
    values.set(result.values.subarray(start, end), offsets[i] ?? 0);
  });
  return { kind: "sparse", lengths, indices, values };
}
