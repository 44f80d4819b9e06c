// Named values with a type: what a plugin says of itself, and the options that a client is created with.
import { createNativeBuffer, createNativeView } from "../memory.ts";
import type { Address, NativeBuffer } from "../memory.ts";
import { NAMED_VALUE_TYPE } from "./layout.ts";
import { NativeStruct, structStride, viewStructs } from "./struct.ts";
import type { StructValues } from "./struct.ts";
import { readText } from "./text.ts";

export type NamedValue =
  | { type: "string"; value: string }
  | { type: "i64"; value: number }
  | { type: "i64[]"; value: readonly number[] }
  | { type: "f32"; value: number }
  | { type: "bool"; value: boolean };

export type NamedValues = Readonly<Record<string, NamedValue>>;

/** An array of `PJRT_NamedValue`. SAFETY: its strings and lists are good for as long as this object is reachable. */
export interface NativeNamedValues {
  readonly address: Address | null;
  readonly count: number;
  readonly keepAlive: readonly NativeBuffer[];
}

export function createNamedValues(values: NamedValues): NativeNamedValues {
  const entries = Object.entries(values);
  const keepAlive: NativeBuffer[] = [];
  const hold = (buffer: NativeBuffer): NativeBuffer => {
    keepAlive.push(buffer);
    return buffer;
  };
  const stride = structStride(new NativeStruct("NamedValue").sizeBytes);
  const memory = hold(createNativeBuffer(entries.length * stride));
  entries.forEach(([name, value], i) => {
    const text = hold(createText(name));
    const own = createValue(value, hold);
    new NativeStruct("NamedValue", { memory, offset: i * stride })
      .set({ name: text.address, name_size: Buffer.byteLength(name), value_size: 1, ...own });
  });
  return { address: entries.length === 0 ? null : memory.address, count: entries.length, keepAlive };
}

/** The type, the member of the union, and the number of elements where it is not 1. */
function createValue(value: NamedValue, hold: (buffer: NativeBuffer) => NativeBuffer): StructValues<"NamedValue"> {
  switch (value.type) {
    case "string": {
      const { address } = hold(createText(value.value));
      return { type: NAMED_VALUE_TYPE.String, string_value: address, value_size: Buffer.byteLength(value.value) };
    }
    case "i64":
      return { type: NAMED_VALUE_TYPE.Int64, int64_value: value.value };
    case "i64[]": {
      const list = hold(createNativeBuffer(value.value.length * 8));
      value.value.forEach((item, i) => list.view.setBigInt64(i * 8, BigInt(item), true));
      return { type: NAMED_VALUE_TYPE.Int64List, int64_array_value: list.address, value_size: value.value.length };
    }
    case "f32":
      return { type: NAMED_VALUE_TYPE.Float, float_value: value.value };
    case "bool":
      return { type: NAMED_VALUE_TYPE.Bool, bool_value: value.value };
  }
}

function createText(text: string): NativeBuffer {
  const encoded = new TextEncoder().encode(text);
  const buffer = createNativeBuffer(encoded.length);
  buffer.bytes.set(encoded);
  return buffer;
}

/** Copies `count` values. A type that we do not know is left out. */
export function readNamedValues(address: Address | null, count: number): NamedValues {
  const structs = address === null ? [] : viewStructs("NamedValue", address, count);
  return Object.fromEntries(structs.flatMap((struct) => {
    const value = readValue(struct);
    return value === undefined ? [] : [[readText(struct.get("name"), struct.get("name_size")), value]];
  }));
}

function readValue(struct: NativeStruct<"NamedValue">): NamedValue | undefined {
  const size = struct.get("value_size");
  switch (struct.get("type")) {
    case NAMED_VALUE_TYPE.String:
      return { type: "string", value: readText(struct.get("string_value"), size) };
    case NAMED_VALUE_TYPE.Int64:
      return { type: "i64", value: struct.get("int64_value") };
    case NAMED_VALUE_TYPE.Int64List:
      return { type: "i64[]", value: readList(struct.get("int64_array_value"), size) };
    case NAMED_VALUE_TYPE.Float:
      return { type: "f32", value: struct.get("float_value") };
    case NAMED_VALUE_TYPE.Bool:
      return { type: "bool", value: struct.get("bool_value") };
    default:
      return undefined;
  }
}

function readList(address: Address | null, length: number): number[] {
  // SAFETY: the list lives as long as the process or the client, and the numbers are copied.
  return address === null ? [] : Array.from(new BigInt64Array(createNativeView(address, length * 8)), Number);
}
