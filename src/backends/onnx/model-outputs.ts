// The values of a graph's output: as float32, and as they are.
import type { TensorOutput } from "../../ffi/ort/session.ts";
import type { Tensor } from "../../tensor.ts";

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

/** A copy that outlives the run. */
export function readTensor({ dtype, dims, memory }: TensorOutput): Tensor {
  return { dtype, dims, data: new Uint8Array(memory).slice() };
}
