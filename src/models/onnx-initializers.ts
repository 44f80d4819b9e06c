// Names and dimensions of the initializers in an `.onnx` file, without reading weights: a walk over the protobuf wire
// format that seeks past every payload and ends after a bounded number of steps. Field numbers of onnx.proto: ModelProto.graph 7, GraphProto.initializer 5,
// TensorProto.dims 1, data_type 2, name 8. A damaged file ends the walk: the engine will say what is wrong with it.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

export interface Initializer {
  name: string;
  dims: readonly number[];
  /** Number of TensorProto.DataType: 1 is float32. */
  element: number;
}

const WINDOW_BYTES = 8 * 1024;
const LONGEST_NAME_BYTES = 4096;
/** Bounds for a hostile file; a real graph has some thousand nodes, and as many initializers of five fields each. */
const MOST_DIMS = 16;
const MOST_STEPS = 200_000;
/** A step is a field; a read costs as much as some of them. */
const READ_STEPS = 10;

interface Field {
  number: number;
  /** The value of a varint; 0 for the other wire types. */
  value: number;
  /** Where the payload lies; empty unless the wire type is length-delimited. */
  begin: number;
  end: number;
}

/**
 * Synchronous, because it is read a few bytes at a time: about 3 ms for a graph of 200 initializers. The file must be a
 * regular one; it is open for as long as the generator is. Returns whether it came to the file's end.
 */
export function* readInitializers(graphFile: string): Generator<Initializer, boolean> {
  const reader = openReader(graphFile);
  try {
    for (const graph of reader.fields(0, reader.sizeBytes)) if (graph.number === 7) yield* readGraph(reader, graph);
    return reader.isWhole();
  } finally {
    reader.close();
  }
}

function* readGraph(reader: Reader, graph: Field): Generator<Initializer> {
  for (const field of reader.fields(graph.begin, graph.end)) if (field.number === 5) yield readTensorHead(reader, field);
}

type Reader = ReturnType<typeof openReader>;

function readTensorHead(reader: Reader, tensor: Field): Initializer {
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

function openReader(path: string) {
  const descriptor = openSync(path, "r");
  const sizeBytes = fstatSync(descriptor).size;
  const window = Buffer.alloc(WINDOW_BYTES);
  let windowBegin = 0;
  let windowEnd = 0;
  let steps = 0;
  let isDamaged = false;

  const byteAt = (position: number): number => {
    if (position < windowBegin || position >= windowEnd) {
      steps += READ_STEPS;
      windowBegin = position;
      windowEnd = position + readSync(descriptor, window, 0, WINDOW_BYTES, position);
    }
    return position < windowEnd ? (window[position - windowBegin] ?? 0) : 0;
  };
  /** Base-128, low bits first; as a double, which is exact for every size and dimension that a file can hold. */
  const varint = (position: number): { value: number; next: number } => {
    let value = 0;
    for (let index = 0; index < 10; index++) {
      const byte = byteAt(position + index);
      value += (byte & 127) * 2 ** (7 * index);
      if (byte < 128) return { value, next: position + index + 1 };
    }
    return { value, next: position + 10 };
  };
  function* fields(begin: number, end: number): Generator<Field> {
    let position = begin;
    while (position < end && steps++ < MOST_STEPS) {
      const tag = varint(position);
      const field = readField(tag.value, tag.next, varint);
      // A payload that reaches out of its message.
      isDamaged ||= field === undefined || field.next > end;
      if (field === undefined || field.next > end) return;
      yield field;
      position = field.next;
    }
  }
  function* packed(field: Field): Generator<number> {
    for (let position = field.begin; position < field.end; ) {
      const { value, next } = varint(position);
      yield value;
      position = next;
    }
  }
  const text = (field: Field): string => {
    const bytes = Buffer.alloc(Math.min(field.end - field.begin, LONGEST_NAME_BYTES));
    return bytes.toString("utf8", 0, readSync(descriptor, bytes, 0, bytes.length, field.begin));
  };
  const isWhole = (): boolean => !isDamaged && steps <= MOST_STEPS;
  return { sizeBytes, fields, packed, text, isWhole, close: () => closeSync(descriptor) };
}

/** `undefined` for a wire type that protobuf 3 does not have. `next` is where the following field begins. */
function readField(
  tag: number,
  position: number,
  varint: (position: number) => { value: number; next: number },
): (Field & { next: number }) | undefined {
  const number = Math.floor(tag / 8);
  const empty = { number, value: 0, begin: position, end: position };
  switch (tag % 8) {
    case 0: {
      const { value, next } = varint(position);
      return { ...empty, value, next };
    }
    case 1: return { ...empty, next: position + 8 };
    case 2: {
      const { value, next } = varint(position);
      return { ...empty, begin: next, end: next + value, next: next + value };
    }
    case 5: return { ...empty, next: position + 4 };
    default: return undefined;
  }
}
