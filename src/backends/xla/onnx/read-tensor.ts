// One TensorProto to a tensor: sizes checked at once, bytes a view of the file where they lie there as we carry them.
import { TensorProto_DataLocation } from "onnx-buf";
import type { TensorProto } from "onnx-buf";
import { countElements, elementBytes, findDataType } from "../convert/data-type.ts";
import type { DataType } from "../convert/data-type.ts";
import { alignBytes } from "../convert/value.ts";
import type { ExternalEntry, ExternalFiles } from "./external-data.ts";
import { brokenModel, quote, unsupportedModel } from "./onnx-error.ts";
import type { OnnxTensor } from "./onnx-model.ts";

const MOST_DIMS = 64;
/** Elements a byte of the types that are packed in a file. */
const PACKED: Readonly<Partial<Record<DataType, 2 | 4>>> = { i4: 2, ui4: 2, f4E2M1FN: 2, i2: 4, ui2: 4 };

/** Throws `model_load_failed` when dims and data do not belong together, `unsupported_model` for unknown element types. */
export function readTensor(proto: TensorProto, files: ExternalFiles): OnnxTensor {
  const { name } = proto;
  const type = findDataType(proto.dataType);
  if (type === undefined) throw unsupportedModel(`tensor ${quote(name)} has the element type ${proto.dataType}`);
  const dims = readDims(proto);
  if (type === "string") return { type, dims, get bytes(): Uint8Array { throw refuseStrings(name); } };
  const count = countElements(dims);
  const packed = PACKED[type] ?? 1;
  const sizeBytes = Math.ceil((count * elementBytes(type)) / packed);
  if (!Number.isSafeInteger(count)) throw brokenModel(`tensor ${quote(name)} has ${count} elements`);
  const open = resolveSource(proto, { type, count, sizeBytes, files });
  const unpack = packed === 1 ? open : (): Uint8Array => unpackElements(open(), type, count);
  return { type, dims, get bytes() { return alignBytes(unpack(), type); } };
}

const refuseStrings = (name: string): Error => unsupportedModel(`tensor ${quote(name)} holds strings that are used as data`);

function readDims({ name, dims }: TensorProto): number[] {
  if (dims.length > MOST_DIMS) throw brokenModel(`tensor ${quote(name)} has ${dims.length} dimensions`);
  return dims.map((dim) => {
    if (dim >= 0n && dim <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(dim);
    throw brokenModel(`tensor ${quote(name)} has the dimension ${dim}`);
  });
}

interface Need {
  type: DataType;
  count: number;
  /** As the file packs them. */
  sizeBytes: number;
  files: ExternalFiles;
}

function resolveSource(proto: TensorProto, { type, count, sizeBytes, files }: Need): () => Uint8Array {
  const { name, rawData } = proto;
  if (proto.dataLocation === TensorProto_DataLocation.EXTERNAL) {
    const entry = readExternalEntry(proto);
    // Looked at now, read when it is wanted: no copy is kept.
    files.check(name, entry, sizeBytes);
    return () => files.read(name, entry, sizeBytes);
  }
  if (rawData.length > 0 || count === 0) {
    if (rawData.length === sizeBytes) return () => rawData;
    throw brokenModel(`tensor ${quote(name)} has ${rawData.length} bytes, need ${sizeBytes}`);
  }
  const found = countTyped(proto, type);
  const expected = PACKED[type] === undefined ? count : sizeBytes;
  if (found !== expected) throw brokenModel(`tensor ${quote(name)} has ${found} values, need ${expected}`);
  return () => encodeTyped(proto, type);
}

function readExternalEntry({ name, externalData }: TensorProto): ExternalEntry {
  const entries = new Map(externalData.map(({ key, value }) => [key, value]));
  const number = (key: string): number | undefined => {
    const text = entries.get(key);
    if (text === undefined || /^\d{1,15}$/.test(text)) return text === undefined ? undefined : Number(text);
    throw brokenModel(`external data of tensor ${quote(name)} has the ${key} ${quote(text)}`);
  };
  return { location: entries.get("location") ?? "", offset: number("offset") ?? 0, length: number("length") };
}

/** The field of TensorProto that holds elements of this type where `raw_data` does not. */
function findTyped(proto: TensorProto, type: DataType): readonly number[] | readonly bigint[] {
  switch (type) {
    case "f32": return proto.floatData;
    case "f64": return proto.doubleData;
    case "i64": return proto.int64Data;
    case "ui64": case "ui32": return proto.uint64Data;
    default: return proto.int32Data;
  }
}

const countTyped = (proto: TensorProto, type: DataType): number => findTyped(proto, type).length;

function encodeTyped(proto: TensorProto, type: DataType): Uint8Array {
  switch (type) {
    case "f32": return new Uint8Array(Float32Array.from(proto.floatData).buffer);
    case "f64": return new Uint8Array(Float64Array.from(proto.doubleData).buffer);
    case "i64": return new Uint8Array(BigInt64Array.from(proto.int64Data).buffer);
    case "ui64": return new Uint8Array(BigUint64Array.from(proto.uint64Data).buffer);
    case "ui32": return new Uint8Array(Uint32Array.from(proto.uint64Data, Number).buffer);
    case "i32": return new Uint8Array(Int32Array.from(proto.int32Data).buffer);
    default:
      // f16 and bf16 are written as their bits.
      return elementBytes(type) === 2
        ? new Uint8Array(Uint16Array.from(proto.int32Data).buffer)
        : Uint8Array.from(proto.int32Data);
  }
}

/** Low bits first; signed ones are extended to a byte. */
function unpackElements(packed: Uint8Array, type: DataType, count: number): Uint8Array {
  const each = PACKED[type] ?? 1;
  const bits = 8 / each;
  const shift = type === "i4" || type === "i2" ? 32 - bits : 0;
  const mask = 2 ** bits - 1;
  const elements = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const value = ((packed[Math.floor(i / each)] ?? 0) >> ((i % each) * bits)) & mask;
    elements[i] = (value << shift) >> shift;
  }
  return elements;
}
