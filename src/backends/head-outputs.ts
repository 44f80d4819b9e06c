// Which of a graph's outputs a head reads.
import type { Head } from "../heads/head.ts";
import type { DType } from "../tensor.ts";
import { loadFailure } from "./token-cells.ts";

/** `dtype` is absent for what is no tensor of numbers; rank 0 where the graph does not say one. */
export interface GraphOutput {
  name: string;
  dtype: DType | undefined;
  dims: readonly number[];
}

const FLOATS: ReadonlySet<DType | undefined> = new Set(["float32", "float16", "bfloat16", "float64"]);

/** The first float output of a rank that the head can read; one whose rank the graph does not say comes last. */
export function findHeadOutput(outputs: readonly GraphOutput[], head: Head["kind"]): number | undefined {
  const ranks = head === "logits" ? [2, 3] : [3];
  const fits = (wanted: readonly number[]): number =>
    outputs.findIndex((it) => FLOATS.has(it.dtype) && wanted.includes(it.dims.length));
  const index = [fits(ranks), fits([0])].find((it) => it >= 0);
  return index;
}

/** Throws `model_load_failed` when the graph has none. */
export function resolveHeadOutput(outputs: readonly GraphOutput[], head: Head["kind"]): number {
  const index = findHeadOutput(outputs, head);
  if (index !== undefined) return index;
  const found = outputs.map(({ name, dtype, dims }) => `"${name}" (${dtype ?? "no numbers"}, rank ${dims.length})`);
  throw loadFailure(`found no output for "${head}" among ${found.join(", ")}`);
}
