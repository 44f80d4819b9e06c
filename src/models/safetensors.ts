// Reads tensors out of a `.safetensors` file: u64 header length, JSON header, data. Only the float types that Dense
// modules are saved in. Pure; throws RangeError with what was found, for the caller to name the file.
// Header sample: {"linear.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"__metadata__":{"format":"pt"}}
import * as v from "valibot";

const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const EntrySchema = v.object({ dtype: v.string(), shape: v.array(Count), data_offsets: v.tuple([Count, Count]) });
const HeaderSchema = v.record(v.string(), v.unknown());

export interface FloatTensor {
  dims: readonly number[];
  data: Float32Array;
}

const ELEMENT_BYTES: Readonly<Record<string, number>> = { F32: 4, F16: 2, BF16: 2 };

/** The named tensor as float32, copied out of `bytes`; `undefined` when the file has none of that name. */
export function findFloatTensor(bytes: Uint8Array, name: string): FloatTensor | undefined {
  const { header, dataOffset } = parseHeader(bytes);
  if (!Object.hasOwn(header, name)) return undefined;
  const entry = v.safeParse(EntrySchema, header[name]);
  if (!entry.success) throw new RangeError(`a damaged entry "${name}"`);
  const { dtype, shape, data_offsets: [begin, end] } = entry.output;
  const elementBytes = ELEMENT_BYTES[dtype];
  if (elementBytes === undefined) throw new RangeError(`"${name}" of type ${dtype}, need F32, F16 or BF16`);
  const count = shape.reduce((product, dim) => product * dim, 1);
  if (end - begin !== count * elementBytes || dataOffset + end > bytes.length) {
    throw new RangeError(`"${name}" with ${end - begin} bytes, need ${count * elementBytes} inside the file`);
  }
  return { dims: shape, data: readFloats(bytes, dataOffset + begin, { count, dtype }) };
}

function parseHeader(bytes: Uint8Array): { header: Record<string, unknown>; dataOffset: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length < 8 ? Number.POSITIVE_INFINITY : Number(view.getBigUint64(0, true));
  if (8 + length > bytes.length) throw new RangeError("a header longer than the file");
  return { header: parseHeaderJson(bytes.subarray(8, 8 + length)), dataOffset: 8 + length };
}

function parseHeaderJson(bytes: Uint8Array): Record<string, unknown> {
  try {
    return v.parse(HeaderSchema, JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (cause) {
    throw new RangeError("a header that is not a JSON object", { cause });
  }
}

/** Through a DataView: the offset of a tensor need not be a multiple of its element size. */
function readFloats(bytes: Uint8Array, offset: number, type: { count: number; dtype: string }): Float32Array {
  const { count, dtype } = type;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Float32Array(count);
  if (dtype === "F32") for (let i = 0; i < count; i++) out[i] = view.getFloat32(offset + 4 * i, true);
  if (dtype === "F16") for (let i = 0; i < count; i++) out[i] = view.getFloat16(offset + 2 * i, true);
  // A bfloat16 is the upper half of a float32.
  const bits = new Uint32Array(out.buffer);
  if (dtype === "BF16") for (let i = 0; i < count; i++) bits[i] = view.getUint16(offset + 2 * i, true) << 16;
  return out;
}
