// What a name of an ONNX graph stands for while it is converted.
import { elementBytes } from "./data-type.ts";
import type { DataType } from "./data-type.ts";

/**
 * A tensor that is known before anything runs: an initializer, a constant, a shape, and what folds out of those.
 * `bytes` may be computed when it is asked for and be given up again: read it once, keep no view of it.
 */
export interface HostValue {
  kind: "host";
  type: DataType;
  dims: readonly number[];
  /** Row-major, as carried (see data-type.ts), aligned to the element. */
  readonly bytes: Uint8Array;
  /** The same for every shape of the inputs: used as data it becomes this weight of the model. */
  weight?: string | undefined;
}

/** A tensor that a StableHLO operation of the program makes; `id` is its SSA name. Its device type is the carrier of `type`. */
export interface DataValue {
  kind: "data";
  type: DataType;
  dims: readonly number[];
  id: string;
}

/** An ONNX sequence: shapes are fixed, so its length is known. */
export interface SequenceValue {
  kind: "sequence";
  items: readonly Value[];
}

/** An ONNX optional: whether it holds something is known. */
export interface OptionalValue {
  kind: "optional";
  value: Value | undefined;
}

export type TensorValue = HostValue | DataValue;
export type Value = TensorValue | SequenceValue | OptionalValue;

export const isTensor = (value: Value | undefined): value is TensorValue =>
  value !== undefined && (value.kind === "host" || value.kind === "data");

export function createHost(type: DataType, dims: readonly number[], bytes: Uint8Array): HostValue {
  return { kind: "host", type, dims, bytes };
}

/** `values` as int64, exact as long as they are safe integers. */
export function createInts(values: readonly number[], dims: readonly number[] = [values.length]): HostValue {
  const numbers = BigInt64Array.from(values, (value) => BigInt(value));
  return createHost("i64", dims, new Uint8Array(numbers.buffer));
}

/** The bytes of a host value in memory that begins at a multiple of the element's size; a copy only where they do not. */
export function alignBytes(bytes: Uint8Array, type: DataType): Uint8Array {
  return bytes.byteOffset % Math.max(elementBytes(type), 1) === 0 ? bytes : new Uint8Array(bytes);
}
