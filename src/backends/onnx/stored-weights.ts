// Finds the weights of an `.onnx` file where they lie in it: a walk over the protobuf's fields that reads names and shapes
// only. What it does not understand it leaves to ONNX Runtime, which then reads the whole file and says what is wrong.
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** One initializer's bytes in the file. */
export interface StoredWeight {
  name: string;
  /** `TensorProto.DataType`. */
  elementType: number;
  dims: readonly bigint[];
  /** From the file's beginning. */
  offset: number;
  sizeBytes: number;
}

/** Field numbers of `onnx.proto`. */
const MODEL_GRAPH = 7;
const GRAPH = { initializer: 5, input: 11 };
const TENSOR = { dims: 1, dataType: 2, name: 8, rawData: 9, externalData: 13 };
const VALUE_NAME = 1;

/** Bytes an element of the types whose weights a graph's optimization leaves as they are: float, uint8, int8, float16. */
const ELEMENT_BYTES: Readonly<Record<number, number>> = { 1: 4, 2: 1, 3: 1, 10: 2 };
/** Below it a copy costs nothing. */
const LEAST_BYTES = 65_536;

/** Large ones only. `undefined` when the file is no protobuf of a model, or keeps weights in other files. */
export function listStoredWeights(file: Uint8Array): StoredWeight[] | undefined {
  try {
    const graph = findLast(file, MODEL_GRAPH);
    return graph && listOfGraph(graph, file.byteOffset);
  } catch {
    // Cut off, or something else altogether.
    return undefined;
  }
}

function listOfGraph(graph: Uint8Array, fileStart: number): StoredWeight[] | undefined {
  const weights: StoredWeight[] = [];
  /** A weight that is an input too may be given another value in each run. */
  const inputs = new Set<string>();
  for (const [field, bytes] of readMessages(graph)) {
    if (field === GRAPH.input) inputs.add(readText(findLast(bytes, VALUE_NAME)));
    if (field !== GRAPH.initializer) continue;
    const tensor = readTensorHead(bytes);
    if (tensor.isExternal) return undefined;
    if (!isWhole(tensor)) continue;
    const { name, elementType, dims, data } = tensor;
    weights.push({ name, elementType, dims, offset: data.byteOffset - fileStart, sizeBytes: data.length });
  }
  return weights.filter(({ name }) => !inputs.has(name));
}

interface TensorHead {
  name: string;
  elementType: number;
  dims: bigint[];
  data: Uint8Array;
  isExternal: boolean;
}

function readTensorHead(bytes: Uint8Array): TensorHead {
  const head: TensorHead = { name: "", elementType: 0, dims: [], data: new Uint8Array(0), isExternal: false };
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === TENSOR.dims) head.dims.push(...readDims(reader, type));
    else if (field === TENSOR.dataType && type === WireType.Varint) head.elementType = reader.int32();
    else if (field === TENSOR.name && type === WireType.LengthDelimited) head.name = readText(reader.bytes());
    else if (field === TENSOR.rawData && type === WireType.LengthDelimited) head.data = reader.bytes();
    else {
      head.isExternal ||= field === TENSOR.externalData;
      reader.skip(type, field);
    }
  }
  return head;
}

/** One a field, or all in one. */
function readDims(reader: BinaryReader, type: WireType): bigint[] {
  if (type === WireType.Varint) return [BigInt(reader.int64())];
  const end = reader.uint32() + reader.pos;
  const dims: bigint[] = [];
  while (reader.pos < end) dims.push(BigInt(reader.int64()));
  return dims;
}

function isWhole({ elementType, dims, data }: TensorHead): boolean {
  const elementBytes = ELEMENT_BYTES[elementType];
  if (elementBytes === undefined || data.length < LEAST_BYTES) return false;
  return dims.reduce((product, dim) => product * dim, BigInt(elementBytes)) === BigInt(data.length);
}

/** The last of a field that is a message, as protobuf has it. */
function findLast(message: Uint8Array, wanted: number): Uint8Array | undefined {
  let found: Uint8Array | undefined;
  for (const [field, bytes] of readMessages(message)) if (field === wanted) found = bytes;
  return found;
}

function* readMessages(message: Uint8Array): Generator<[field: number, bytes: Uint8Array]> {
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (type === WireType.LengthDelimited) yield [field, reader.bytes()];
    else reader.skip(type, field);
  }
}

const readText = (bytes: Uint8Array = new Uint8Array(0)): string => new TextDecoder().decode(bytes);
