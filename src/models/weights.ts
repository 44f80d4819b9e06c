// How many numbers a graph's weights are and of which type, counted in the graph. What cannot be told is left out.
import { readInitializers, type Initializer } from "./onnx-initializers.ts";

export interface Weights {
  parameters?: number;
  /** The type that most of them have: "F32", "F16", "I8". */
  quantization?: string;
}

/** TensorProto.DataType of onnx.proto; integers of 32 bits and more, strings and booleans are shapes and constants. */
const ELEMENTS: ReadonlyMap<number, string> = new Map([
  [1, "F32"], [2, "U8"], [3, "I8"], [10, "F16"], [11, "F64"], [16, "BF16"],
  [17, "F8"], [18, "F8"], [19, "F8"], [20, "F8"], [21, "U4"], [22, "I4"],
]);
/** Four-bit weights that the operator MatMulNBits unpacks lie in bytes, `[rows, blocks, bytes of a block]`. */
const PACKED_RANK = 3;

/** Reads the graph anew, in milliseconds. Empty for a graph that is damaged or too large to be walked to its end. */
export function readWeights(graphFile: string): Weights {
  const counts = new Map<string, number>();
  const walk = readInitializers(graphFile);
  let step = walk.next();
  for (; step.done !== true; step = walk.next()) {
    const element = ELEMENTS.get(step.value.element);
    if (element === "U8" && step.value.dims.length === PACKED_RANK) return stop(walk);
    if (element !== undefined) counts.set(element, (counts.get(element) ?? 0) + countNumbers(step.value));
  }
  const [most] = [...counts].sort(([, left], [, right]) => right - left);
  if (!step.value || most === undefined) return {};
  return { parameters: [...counts.values()].reduce((sum, count) => sum + count, 0), quantization: most[0] };
}

/** How many numbers a packed byte stands for is in the operator, which is not read. */
function stop(walk: Generator<Initializer, boolean>): Weights {
  walk.return(false);
  return {};
}

function countNumbers({ dims }: Initializer): number {
  return dims.reduce((product, size) => product * size, 1);
}
