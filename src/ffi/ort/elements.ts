// ONNX element types and our dtypes, and how many bytes an element takes.
import type { DType } from "../../tensor.ts";

/** `ONNXTensorElementDataType` of each dtype. */
const ELEMENT_TYPES: Readonly<Record<DType, number>> = {
  float32: 1, uint8: 2, int8: 3, uint16: 4, int16: 5, int32: 6, int64: 7, bool: 9, float16: 10, float64: 11,
  uint32: 12, uint64: 13, bfloat16: 16,
};

const ELEMENT_BYTES: Readonly<Record<DType, number>> = {
  float32: 4, uint8: 1, int8: 1, uint16: 2, int16: 2, int32: 4, int64: 8, bool: 1, float16: 2, float64: 8,
  uint32: 4, uint64: 8, bfloat16: 2,
};

const DTYPES = new Map(Object.entries(ELEMENT_TYPES).map(([dtype, type]) => [type, dtype as DType]));

export const elementType = (dtype: DType): number => ELEMENT_TYPES[dtype];

/** `undefined` for strings, complex numbers and the 4- and 8-bit floats. */
export const findDType = (type: number): DType | undefined => DTYPES.get(type);

/** Bytes of a dense tensor. */
export const tensorBytes = (dtype: DType, dims: readonly number[]): number =>
  dims.reduce((product, dim) => product * dim, ELEMENT_BYTES[dtype]);
