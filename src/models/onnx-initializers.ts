// Names and dimensions of the initializers in an `.onnx` file, without reading weights. Field numbers of onnx.proto:
// ModelProto.graph 7, GraphProto.initializer 5, TensorProto.dims 1, data_type 2, name 8. A damaged file ends the walk:
// the engine will say what is wrong with it.
import { openOnnxReader, type OnnxField, type OnnxReader } from "./onnx-reader.ts";

export interface Initializer {
  name: string;
  dims: readonly number[];
  /** Number of TensorProto.DataType: 1 is float32. */
  element: number;
}

const MOST_DIMS = 16;

/**
 * Synchronous, because it is read a few bytes at a time: about 3 ms for a graph of 200 initializers. The file must be a
 * regular one; it is open for as long as the generator is. Returns whether it came to the file's end.
 */
export function* readInitializers(graphFile: string): Generator<Initializer, boolean> {
  const reader = openOnnxReader(graphFile);
  try {
    for (const graph of reader.fields(0, reader.sizeBytes)) if (graph.number === 7) yield* readGraph(reader, graph);
    return reader.isWhole();
  } finally {
    reader.close();
  }
}

function* readGraph(reader: OnnxReader, graph: OnnxField): Generator<Initializer> {
  for (const field of reader.fields(graph.begin, graph.end)) if (field.number === 5) yield readTensorHead(reader, field);
}

function readTensorHead(reader: OnnxReader, tensor: OnnxField): Initializer {
  let name = "";
  let element = 0;
  const dims: number[] = [];
  for (const field of reader.fields(tensor.begin, tensor.end)) {
    if (field.number === 8) name = reader.text(field);
    if (field.number === 2) element = field.value;
    if (field.number !== 1) continue;
    for (const dim of field.end > field.begin ? reader.packed(field) : [field.value]) {
      if (dims.length < MOST_DIMS) dims.push(dim);
      else break;
    }
  }
  return { name, dims, element };
}
