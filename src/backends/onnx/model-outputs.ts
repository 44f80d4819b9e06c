// Which of a graph's outputs a head reads, and its values as float32.
import { TermiteError } from "../../errors.ts";
import type { TensorOutput } from "../../ffi/ort/session.ts";
import type { ValueInfo } from "../../ffi/ort/value-info.ts";
import type { Head } from "../../heads/head.ts";
import type { DType } from "../../tensor.ts";

const FLOATS: ReadonlySet<DType | undefined> = new Set(["float32", "float16", "bfloat16", "float64"]);

/** The first float output of a rank that the head can read; one whose rank the graph does not say comes last. */
export function findHeadOutput(outputs: readonly ValueInfo[], head: Head["kind"]): number | undefined {
  const ranks = head === "logits" ? [2, 3] : [3];
  const fits = (wanted: readonly number[]): number =>
    outputs.findIndex((it) => FLOATS.has(it.dtype) && wanted.includes(it.dims.length));
  const index = [fits(ranks), fits([0])].find((it) => it >= 0);
  return index;
}

/** Throws `model_load_failed` when the graph has none. */
export function resolveHeadOutput(outputs: readonly ValueInfo[], head: Head["kind"]): number {
  const index = findHeadOutput(outputs, head);
  if (index !== undefined) return index;
  const found = outputs.map(({ name, dtype, dims }) => `"${name}" (${dtype ?? "no numbers"}, rank ${dims.length})`);
  throw new TermiteError("model_load_failed", `Cannot load model: found no output for "${head}" among ${found.join(", ")}`);
}

/** In place for float32; a converted copy for the other float types. The view dies with the output. */
export function readAsFloat32({ dtype, memory }: TensorOutput): Float32Array {
  switch (dtype) {
    case "float32": return new Float32Array(memory);
    case "float16": return Float32Array.from(new Float16Array(memory));
    case "float64": return Float32Array.from(new Float64Array(memory));
    case "bfloat16": return widenBfloat16(new Uint16Array(memory));
    default: throw new TypeError(`Cannot read ${dtype} as float32`);
  }
}

/** A bfloat16 is the upper half of a float32. */
function widenBfloat16(halves: Uint16Array): Float32Array {
  const words = new Uint32Array(halves.length);
  halves.forEach((half, i) => (words[i] = half * 65536));
  return new Float32Array(words.buffer);
}
