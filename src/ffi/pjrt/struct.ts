// One C struct of the PJRT C API in memory: fields by their C names, at the offsets of layout.ts. `struct_size` is
// always the header's: plugins of PJRT 0.81 to 0.117 refuse less than just these sizes, and take more.
import { createNativeBuffer, createNativeView } from "../memory.ts";
import type { Address } from "../memory.ts";
import { STRUCTS } from "./layout.ts";

export type StructName = keyof typeof STRUCTS;

/** Numbers are sizes, counts and ids: all are whole and far below 2^53. */
interface KindValues {
  ptr: Address | null;
  u64: number;
  i64: number;
  i32: number;
  f32: number;
  bool: boolean;
  struct: never;
}
type Kind = keyof KindValues;
type Fields<Name extends StructName> = (typeof STRUCTS)[Name]["fields"];
type KindOf<Field> = Field extends readonly [number, infer K extends Kind] ? K : never;

export type FieldName<Name extends StructName> = keyof Fields<Name> & string;
export type FieldValue<Name extends StructName, Field extends FieldName<Name>> =
  KindValues[KindOf<Fields<Name>[Field]>];
export type StructValues<Name extends StructName> = {
  readonly [Field in FieldName<Name>]?: FieldValue<Name, Field>;
};

/** The memory of a struct, or of several side by side. */
export interface StructMemory {
  readonly view: DataView;
  readonly address: Address;
}

interface StructOptions {
  /** Where the struct lies when it is not memory of its own. */
  memory?: StructMemory;
  offset?: number;
}

export class NativeStruct<Name extends StructName> {
  readonly address: Address;
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  /** `struct_size`: without the padding that `sizeof` counts. */
  readonly sizeBytes: number;
  readonly #fields: Readonly<Record<string, readonly [number, Kind]>>;

  constructor(name: Name, options: StructOptions = {}) {
    const { size } = STRUCTS[name];
    const { offset = 0 } = options;
    const memory = options.memory ?? createNativeBuffer(offset + size);
    this.#view = new DataView(memory.view.buffer, memory.view.byteOffset + offset, size);
    this.#bytes = new Uint8Array(this.#view.buffer, this.#view.byteOffset, size);
    this.sizeBytes = size;
    this.#fields = STRUCTS[name].fields;
    // SAFETY: `#view` keeps the memory alive for as long as this object is reachable.
    this.address = (memory.address + offset) as Address;
  }

  /** Sets the fields that are named and `struct_size`; all else becomes zero. */
  set(values: StructValues<Name>): this {
    this.#bytes.fill(0);
    this.#view.setBigUint64(0, BigInt(this.sizeBytes), true);
    for (const [field, value] of Object.entries(values)) {
      if (value !== undefined) this.#write(field, value as KindValues[Kind]);
    }
    return this;
  }

  get<Field extends FieldName<Name>>(field: Field): FieldValue<Name, Field> {
    return this.#read(field) as FieldValue<Name, Field>;
  }

  /** A pointer that the C contract says is never null. */
  checkedPointer(field: FieldName<Name>): Address {
    const value = this.#read(field);
    if (typeof value !== "number" || value === 0) throw new TypeError(`Cannot use "${field}": found a null pointer`);
    return value as Address;
  }

  #write(field: string, value: KindValues[Kind]): void {
    const [at, kind] = this.#place(field);
    if (kind === "ptr" || kind === "u64" || kind === "i64") this.#view.setBigInt64(at, BigInt(value ?? 0), true);
    else if (kind === "i32") this.#view.setInt32(at, Number(value), true);
    else if (kind === "f32") this.#view.setFloat32(at, Number(value), true);
    else this.#view.setUint8(at, value === true ? 1 : 0);
  }

  #read(field: string): number | boolean | null {
    const [at, kind] = this.#place(field);
    if (kind === "ptr") return Number(this.#view.getBigUint64(at, true)) || null;
    if (kind === "u64" || kind === "i64") return Number(this.#view.getBigInt64(at, true));
    if (kind === "i32") return this.#view.getInt32(at, true);
    if (kind === "f32") return this.#view.getFloat32(at, true);
    return this.#view.getUint8(at) !== 0;
  }

  #place(field: string): readonly [number, Kind] {
    const place = this.#fields[field];
    if (place === undefined) throw new TypeError(`Cannot use a field of a struct: found no "${field}"`);
    return place;
  }
}

/** Bytes from one struct to the next in a C array of them, as its owner was compiled. */
export const structStride = (structSize: number): number => Math.ceil(structSize / 8) * 8;

/** `count` structs that native code owns. SAFETY: good until the owner frees them. */
export function viewStructs<Name extends StructName>(
  name: Name, address: Address, count: number,
): NativeStruct<Name>[] {
  if (count === 0) return [];
  // Another version's struct may be longer than ours: each says its size in its first word.
  const head = new DataView(createNativeView(address, 8));
  const stride = structStride(Number(head.getBigUint64(0, true)));
  const memory = { address, view: new DataView(createNativeView(address, stride * count)) };
  return Array.from({ length: count }, (_, i) => new NativeStruct(name, { memory, offset: i * stride }));
}
