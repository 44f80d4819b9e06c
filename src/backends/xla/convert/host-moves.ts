// Moves elements of host values without looking at them: what reshapes, slices, transposes and gathers fold to.
import { countElements, elementBytes } from "./data-type.ts";
import { planRuns, stretchStrides } from "./host-runs.ts";
import { alignBytes, createHost } from "./value.ts";
import type { HostValue } from "./value.ts";

/** The same elements under other dims; a static value stays a view of its weight. */
export const reshapeHost = (value: HostValue, dims: readonly number[]): HostValue => createHost(value.type, dims, value.bytes);

/** Element i of the result is element `source(i)` of `value`. */
export function pickElements(value: HostValue, dims: readonly number[], source: (i: number) => number): HostValue {
  const size = elementBytes(value.type);
  const count = countElements(dims);
  const bytes = new Uint8Array(count * size);
  const [from, to] = [viewWords(alignBytes(value.bytes, value.type), size), viewWords(bytes, size)];
  const words = size === 8 ? 2 : 1;
  for (let i = 0; i < count; i++) {
    const at = source(i) * words;
    for (let word = 0; word < words; word++) to[i * words + word] = from[at + word] ?? 0;
  }
  return createHost(value.type, dims, bytes);
}

export interface Walk {
  /** Steps in the source of each dimension of the result, in elements; 0 repeats, negative ones go back. */
  strides: readonly number[];
  /** Where the first element lies in the source. */
  offset?: number;
}

/** Reads the source with other strides: transposed, cut, reversed, repeated. */
export function walkElements(value: HostValue, dims: readonly number[], { strides, offset = 0 }: Walk): HostValue {
  const size = elementBytes(value.type);
  const bytes = new Uint8Array(countElements(dims) * size);
  // Eight bytes go as two words.
  const isDouble = size === 8;
  const [shape, steps] = isDouble ? [[...dims, 2], [...strides.map((step) => step * 2), 1]] : [dims, strides];
  const [from, to] = [viewWords(alignBytes(value.bytes, value.type), size), viewWords(bytes, size)];
  const runs = planRuns(shape, [steps], [isDouble ? offset * 2 : offset]);
  const [step = 1] = runs.steps;
  runs.forEach((begin, [source = 0]) => {
    if (step === 1) to.set(from.subarray(source, source + runs.length), begin);
    else for (let i = 0; i < runs.length; i++) to[begin + i] = from[source + i * step] ?? 0;
  });
  return createHost(value.type, dims, bytes);
}

/** As numpy stretches. `dims` fit. */
export function broadcastHost(value: HostValue, dims: readonly number[]): HostValue {
  return walkElements(value, dims, { strides: stretchStrides(value.dims, dims) });
}

/** Words of four bytes at most. */
function viewWords({ buffer, byteOffset, length }: Uint8Array, size: number): Uint8Array | Uint16Array | Uint32Array {
  if (size === 2) return new Uint16Array(buffer, byteOffset, length / 2);
  return size >= 4 ? new Uint32Array(buffer, byteOffset, length / 4) : new Uint8Array(buffer, byteOffset, length);
}
