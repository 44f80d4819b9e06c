// PJRT's element types and our dtypes, and how many bytes an element takes.
import type { DType } from "../../tensor.ts";
import { BUFFER_TYPE } from "./layout.ts";

const ELEMENT_TYPES: Readonly<Record<DType, number>> = {
  bool: BUFFER_TYPE.PRED, int8: BUFFER_TYPE.S8, int16: BUFFER_TYPE.S16, int32: BUFFER_TYPE.S32, int64: BUFFER_TYPE.S64,
  uint8: BUFFER_TYPE.U8, uint16: BUFFER_TYPE.U16, uint32: BUFFER_TYPE.U32, uint64: BUFFER_TYPE.U64,
  float16: BUFFER_TYPE.F16, float32: BUFFER_TYPE.F32, float64: BUFFER_TYPE.F64, bfloat16: BUFFER_TYPE.BF16,
};

const ELEMENT_BYTES: Readonly<Record<DType, number>> = {
  bool: 1, int8: 1, int16: 2, int32: 4, int64: 8, uint8: 1, uint16: 2, uint32: 4, uint64: 8,
  float16: 2, float32: 4, float64: 8, bfloat16: 2,
};

const DTYPES = new Map(Object.entries(ELEMENT_TYPES).map(([dtype, type]) => [type, dtype as DType]));

export const elementType = (dtype: DType): number => ELEMENT_TYPES[dtype];

/** `undefined` for complex numbers, tokens, and what has less than eight bits or is an 8-bit float. */
export const findDType = (type: number): DType | undefined => DTYPES.get(type);

/** Bytes of a dense tensor. */
export const tensorBytes = (dtype: DType, dims: readonly number[]): number =>
  dims.reduce((product, dim) => product * dim, ELEMENT_BYTES[dtype]);
