// Elements of host values as JavaScript's numbers, and back. 64-bit integers stay exact as BigInt.
import { countElements, elementBytes } from "./data-type.ts";
import type { DataType } from "./data-type.ts";
import { alignBytes, createHost } from "./value.ts";
import type { HostValue } from "./value.ts";

/** An array over the value's memory whose elements are the numbers themselves; `undefined` for bf16, 8-bit floats, strings. */
export type NumberArray =
  | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float16Array | Float32Array | Float64Array;
export type BigArray = BigInt64Array | BigUint64Array;

type Create<T> = (buffer: ArrayBufferLike, begin: number, length: number) => T;

const NUMBER_ARRAYS: Readonly<Partial<Record<DataType, Create<NumberArray>>>> = {
  i1: (buffer, begin, length) => new Uint8Array(buffer, begin, length),
  i2: (buffer, begin, length) => new Int8Array(buffer, begin, length),
  i4: (buffer, begin, length) => new Int8Array(buffer, begin, length),
  i8: (buffer, begin, length) => new Int8Array(buffer, begin, length),
  i16: (buffer, begin, length) => new Int16Array(buffer, begin, length),
  i32: (buffer, begin, length) => new Int32Array(buffer, begin, length),
  ui2: (buffer, begin, length) => new Uint8Array(buffer, begin, length),
  ui4: (buffer, begin, length) => new Uint8Array(buffer, begin, length),
  ui8: (buffer, begin, length) => new Uint8Array(buffer, begin, length),
  ui16: (buffer, begin, length) => new Uint16Array(buffer, begin, length),
  ui32: (buffer, begin, length) => new Uint32Array(buffer, begin, length),
  f16: (buffer, begin, length) => new Float16Array(buffer, begin, length),
  f32: (buffer, begin, length) => new Float32Array(buffer, begin, length),
  f64: (buffer, begin, length) => new Float64Array(buffer, begin, length),
};

const BIG_ARRAYS: Readonly<Record<"i64" | "ui64", Create<BigArray>>> = {
  i64: (buffer, begin, length) => new BigInt64Array(buffer, begin, length),
  ui64: (buffer, begin, length) => new BigUint64Array(buffer, begin, length),
};

export const isBig = (type: DataType): type is "i64" | "ui64" => type === "i64" || type === "ui64";

/** `undefined` where elements are 64-bit integers, or no numbers that JavaScript has an array for. */
export function findNumberArray({ type, bytes }: { type: DataType; bytes: Uint8Array }): NumberArray | undefined {
  const create = NUMBER_ARRAYS[type];
  if (create === undefined) return undefined;
  const { buffer, byteOffset, length } = alignBytes(bytes, type);
  return create(buffer, byteOffset, length / elementBytes(type));
}

/** `undefined` unless elements are 64-bit integers. */
export function findBigArray({ type, bytes }: { type: DataType; bytes: Uint8Array }): BigArray | undefined {
  if (!isBig(type)) return undefined;
  const { buffer, byteOffset, length } = alignBytes(bytes, type);
  return BIG_ARRAYS[type](buffer, byteOffset, length / 8);
}

/** Integers of any size, exact. Floats are cut to whole numbers. */
export function readBigInts(value: HostValue): bigint[] {
  const big = findBigArray(value);
  return big === undefined ? readNumbers(value).map((number) => BigInt(Math.trunc(number))) : Array.from(big);
}

/** Numbers of any type but 8-bit floats and strings; 64-bit integers are rounded. */
export function readNumbers(value: HostValue): number[] {
  if (value.type === "bf16") return Array.from(readHalves(value), decodeBfloat);
  const numbers = findNumberArray(value);
  if (numbers !== undefined) return Array.from(numbers);
  const big = findBigArray(value);
  if (big !== undefined) return Array.from(big, Number);
  throw new RangeError(`found elements of type ${value.type} where numbers are needed`);
}

const readHalves = (value: HostValue): Uint16Array => {
  const aligned = alignBytes(value.bytes, value.type);
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2);
};

const decodeBfloat = (bits: number): number => new Float32Array(Uint32Array.of(bits * 65536).buffer)[0] ?? 0;

/** Each element is rounded or wrapped as the type's array does it. */
export function createNumbers(type: DataType, dims: readonly number[], element: (i: number) => number): HostValue {
  if (isBig(type)) return createBigInts(type, dims, (i) => BigInt(element(i)));
  if (type === "bf16") return createBfloats(createNumbers("f32", dims, element));
  const bytes = new Uint8Array(countElements(dims) * elementBytes(type));
  const array = findNumberArray({ type, bytes });
  if (array === undefined) throw new RangeError(`found elements of type ${type} where numbers are needed`);
  for (let i = 0; i < array.length; i++) array[i] = element(i);
  return createHost(type, dims, bytes);
}

/** Rounded to nearest even: the upper half of the float32. */
function createBfloats({ dims, bytes }: HostValue): HostValue {
  const words = new Uint32Array(bytes.buffer);
  const halves = new Uint16Array(words.length);
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? 0;
    // NaN would be rounded to infinity.
    const isNan = (word & 0x7fff_ffff) > 0x7f80_0000;
    halves[i] = isNan ? 0x7fc0 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return createHost("bf16", dims, new Uint8Array(halves.buffer));
}

export function createBigInts(type: "i64" | "ui64", dims: readonly number[], element: (i: number) => bigint): HostValue {
  const count = countElements(dims);
  const array = BIG_ARRAYS[type](new ArrayBuffer(count * 8), 0, count);
  for (let i = 0; i < array.length; i++) array[i] = element(i);
  return createHost(type, dims, new Uint8Array(array.buffer));
}
