// How large a value of a program may be. A compiler ends its process where a size overflows, and one that it fuses away
// costs no memory but time without end.
import { elementBytes } from "./data-type.ts";
import type { DataType } from "./data-type.ts";

/** No device has room for a larger one. */
const MOST_BYTES = 2 ** 36;

/** Throws `RangeError`, which names the node where one is being converted. */
export function checkValueSize(type: DataType, dims: readonly number[]): void {
  const sizeBytes = dims.reduce((product, dim) => product * Math.max(dim, 1), elementBytes(type));
  if (sizeBytes <= MOST_BYTES && dims.every((dim) => dim >= 0)) return;
  throw new RangeError(`found a value of the shape [${dims.join(", ")}], need at most ${MOST_BYTES / 2 ** 30} GiB`);
}
