// The float outputs of an `.onnx` graph, without opening it: what a model gives says what it is for where its files do
// not. Field numbers of onnx.proto: ModelProto.graph 7, GraphProto.output 12, ValueInfoProto.name 1, type 2,
// TypeProto.tensor_type 1, Tensor.elem_type 1, shape 2, TensorShapeProto.dim 1, Dimension.dim_value 1.
import { openOnnxReader, type OnnxField, type OnnxReader } from "./onnx-reader.ts";

export interface GraphOutput {
  name: string;
  /** One a dimension, `undefined` where the size is not fixed; empty when the graph does not say the rank. */
  dims: readonly (number | undefined)[];
}

/** TensorProto.DataType: float32, float16, float64, bfloat16. */
const FLOATS: ReadonlySet<number> = new Set([1, 10, 11, 16]);
const MOST_DIMS = 16;

/** Empty for a graph that is damaged or too large to be walked to its end. */
export function readGraphOutputs(graphFile: string): GraphOutput[] {
  const reader = openOnnxReader(graphFile);
  try {
    const fields = readField(reader, [{ begin: 0, end: reader.sizeBytes }], 7, 12);
    const outputs = fields.map((field) => readValue(reader, field)).filter(({ element }) => FLOATS.has(element));
    return reader.isWhole() ? outputs.map(({ name, dims }) => ({ name, dims })) : [];
  } finally {
    reader.close();
  }
}

/** The output that a head reads, as the engine chooses it: the first of one of these ranks. */
export function findOutput(outputs: readonly GraphOutput[], ranks: readonly number[]): GraphOutput | undefined {
  return outputs.find(({ dims }) => ranks.includes(dims.length));
}

type Span = Pick<OnnxField, "begin" | "end">;

/** The fields that a path of field numbers leads to. */
function readField(reader: OnnxReader, spans: readonly Span[], ...path: readonly number[]): OnnxField[] {
  const [number, ...rest] = path;
  const found = spans.flatMap(({ begin, end }) => {
    return Array.from(reader.fields(begin, end).filter((field) => field.number === number));
  });
  return rest.length === 0 ? found : readField(reader, found, ...rest);
}

function readValue(reader: OnnxReader, value: OnnxField): GraphOutput & { element: number } {
  const [name] = readField(reader, [value], 1);
  const tensor = readField(reader, [value], 2, 1);
  const [element] = readField(reader, tensor, 1);
  const dims = readField(reader, tensor, 2, 1).slice(0, MOST_DIMS).map((dim) => readField(reader, [dim], 1)[0]?.value);
  // A negative size is a 64-bit number here, and as good as none.
  const sizes = dims.map((size) => (size !== undefined && size > 0 && size < 2 ** 31 ? size : undefined));
  return { name: name === undefined ? "" : reader.text(name), element: element?.value ?? 0, dims: sizes };
}
