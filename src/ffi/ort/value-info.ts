// What a session says of its inputs and outputs: name, dtype, shape.
import type { DType } from "../../tensor.ts";
import { createNativeBuffer, readCString, readPointer, checkedPointer } from "../memory.ts";
import type { Address } from "../memory.ts";
import type { Ort } from "./api.ts";
import { findDType } from "./elements.ts";

export interface ValueInfo {
  name: string;
  /** Absent for what is no tensor of numbers (strings, sequences, maps). */
  dtype: DType | undefined;
  /** -1 where a dimension is free. Empty for a scalar and also where the graph does not say the rank. */
  dims: readonly number[];
}

export function readInputs(ort: Ort, session: Address): ValueInfo[] {
  const { SessionGetInputCount, SessionGetInputName, SessionGetInputTypeInfo } = ort.functions;
  ort.check(SessionGetInputCount(session, ort.out.address));
  return readAll(ort, session, SessionGetInputName, SessionGetInputTypeInfo);
}

export function readOutputs(ort: Ort, session: Address): ValueInfo[] {
  const { SessionGetOutputCount, SessionGetOutputName, SessionGetOutputTypeInfo } = ort.functions;
  ort.check(SessionGetOutputCount(session, ort.out.address));
  return readAll(ort, session, SessionGetOutputName, SessionGetOutputTypeInfo);
}

type GetName = (session: Address, index: number, allocator: Address, value: Address) => Address | null;
type GetTypeInfo = (session: Address, index: number, typeInfo: Address) => Address | null;

/** The count stands in `ort.out`. */
function readAll(ort: Ort, session: Address, getName: GetName, getTypeInfo: GetTypeInfo): ValueInfo[] {
  const count = Number(ort.out.view.getBigUint64(0, true));
  return Array.from({ length: count }, (_, index) => {
    const name = readName(ort, (allocator, value) => getName(session, index, allocator, value));
    ort.check(getTypeInfo(session, index, ort.out.address));
    return { name, ...readTypeInfo(ort, checkedPointer(ort.out)) };
  });
}

function readName(ort: Ort, getName: (allocator: Address, value: Address) => Address | null): string {
  ort.check(ort.functions.GetAllocatorWithDefaultOptions(ort.out.address));
  // SAFETY: the default allocator belongs to the library and lives as long as it.
  const allocator = checkedPointer(ort.out);
  ort.check(getName(allocator, ort.out.address));
  // SAFETY: the name is ours to free; it is copied first.
  const address = checkedPointer(ort.out);
  const name = readCString(address);
  ort.check(ort.functions.AllocatorFree(allocator, address));
  return name;
}

/** Releases `typeInfo`. */
function readTypeInfo(ort: Ort, typeInfo: Address): Omit<ValueInfo, "name"> {
  try {
    ort.check(ort.functions.CastTypeInfoToTensorInfo(typeInfo, ort.out.address));
    // SAFETY: borrowed from `typeInfo`, which is released below; null for what is no tensor.
    const tensorInfo = readPointer(ort.out);
    return tensorInfo === null ? { dtype: undefined, dims: [] } : readTensorInfo(ort, tensorInfo);
  } finally {
    ort.functions.ReleaseTypeInfo(typeInfo);
  }
}

/** dtype and dims of an `OrtTensorTypeAndShapeInfo`, which stays the caller's. */
export function readTensorInfo(ort: Ort, info: Address): Omit<ValueInfo, "name"> {
  const { functions, out } = ort;
  ort.check(functions.GetTensorElementType(info, out.address));
  const dtype = findDType(out.view.getInt32(0, true));
  ort.check(functions.GetDimensionsCount(info, out.address));
  const rank = Number(out.view.getBigUint64(0, true));
  const target = rank * 8 <= out.bytes.length ? out : createNativeBuffer(rank * 8);
  // SAFETY: `target` is in scope over the call, and its address is used by nothing after it.
  ort.check(functions.GetDimensions(info, target.address, rank));
  const dims = Array.from({ length: rank }, (_, i) => Number(target.view.getBigInt64(i * 8, true)));
  return { dtype, dims };
}
