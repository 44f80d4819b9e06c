// The element types of ONNX by their StableHLO names, and how each one is carried: what has no whole byte, and the 8-bit
// floats, travel as one byte an element, so that every operator that only moves data works on them unchanged.
import { TermiteError } from "../../../errors.ts";
import type { ElementType } from "../program.ts";

/** Types that no device buffer has: `f8…` and `f4…` are carried as their bits in ui8, `i4`, `i2`, … as numbers in a byte. */
export type NarrowType =
  | "i2" | "ui2" | "f8E4M3FN" | "f8E4M3FNUZ" | "f8E5M2" | "f8E5M2FNUZ" | "f8E8M0FNU" | "f4E2M1FN";

/** `string` exists on the host only, and only to be refused by name. */
export type DataType = ElementType | NarrowType | "string";

interface TypeFacts {
  /** Type of the tensor that holds the elements on a device; `undefined` where none does. */
  carrier: ElementType | undefined;
  /** Bytes an element, as it is carried. */
  bytes: number;
  kind: "bool" | "signed" | "unsigned" | "float" | "code" | "string";
}

const FACTS: Readonly<Record<DataType, TypeFacts>> = {
  i1: { carrier: "i1", bytes: 1, kind: "bool" },
  i2: { carrier: "i8", bytes: 1, kind: "signed" },
  i4: { carrier: "i8", bytes: 1, kind: "signed" },
  i8: { carrier: "i8", bytes: 1, kind: "signed" },
  i16: { carrier: "i16", bytes: 2, kind: "signed" },
  i32: { carrier: "i32", bytes: 4, kind: "signed" },
  i64: { carrier: "i64", bytes: 8, kind: "signed" },
  ui2: { carrier: "ui8", bytes: 1, kind: "unsigned" },
  ui4: { carrier: "ui8", bytes: 1, kind: "unsigned" },
  ui8: { carrier: "ui8", bytes: 1, kind: "unsigned" },
  ui16: { carrier: "ui16", bytes: 2, kind: "unsigned" },
  ui32: { carrier: "ui32", bytes: 4, kind: "unsigned" },
  ui64: { carrier: "ui64", bytes: 8, kind: "unsigned" },
  f16: { carrier: "f16", bytes: 2, kind: "float" },
  bf16: { carrier: "bf16", bytes: 2, kind: "float" },
  f32: { carrier: "f32", bytes: 4, kind: "float" },
  f64: { carrier: "f64", bytes: 8, kind: "float" },
  f8E4M3FN: { carrier: "ui8", bytes: 1, kind: "code" },
  f8E4M3FNUZ: { carrier: "ui8", bytes: 1, kind: "code" },
  f8E5M2: { carrier: "ui8", bytes: 1, kind: "code" },
  f8E5M2FNUZ: { carrier: "ui8", bytes: 1, kind: "code" },
  f8E8M0FNU: { carrier: "ui8", bytes: 1, kind: "code" },
  f4E2M1FN: { carrier: "ui8", bytes: 1, kind: "code" },
  string: { carrier: undefined, bytes: 0, kind: "string" },
};

/** Type of the device's tensor that holds elements of `type`. Throws `unsupported_model` for strings. */
export function resolveCarrier(type: DataType): ElementType {
  const { carrier } = FACTS[type];
  if (carrier !== undefined) return carrier;
  throw new TermiteError("unsupported_model", "Cannot convert the model: found a tensor of strings used as data");
}

/** Bytes an element takes as it is carried, on the host and on the device. */
export const elementBytes = (type: DataType): number => FACTS[type].bytes;

/** A float that StableHLO computes with: not the 8-bit and 4-bit ones, which have to be converted first. */
export const isFloat = (type: DataType): boolean => FACTS[type].kind === "float";
/** An 8-bit or 4-bit float, carried as its bits. */
export const isCode = (type: DataType): boolean => FACTS[type].kind === "code";
export const isSigned = (type: DataType): boolean => FACTS[type].kind === "signed";
export const isUnsigned = (type: DataType): boolean => FACTS[type].kind === "unsigned";
export const isInteger = (type: DataType): boolean => isSigned(type) || isUnsigned(type);

export const countElements = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

/** Numbers of `TensorProto.DataType` in onnx.proto. Complex numbers (14, 15) are none of ours. */
const ONNX_TYPES: Readonly<Record<number, DataType>> = {
  1: "f32", 2: "ui8", 3: "i8", 4: "ui16", 5: "i16", 6: "i32", 7: "i64", 8: "string", 9: "i1", 10: "f16", 11: "f64",
  12: "ui32", 13: "ui64", 16: "bf16", 17: "f8E4M3FN", 18: "f8E4M3FNUZ", 19: "f8E5M2", 20: "f8E5M2FNUZ", 21: "ui4",
  22: "i4", 23: "f4E2M1FN", 24: "f8E8M0FNU", 25: "ui2", 26: "i2",
};

/** Type of a number of `TensorProto.DataType`; `undefined` for numbers that name none or that we do not know. */
export const findDataType = (number: number): DataType | undefined => ONNX_TYPES[number];
