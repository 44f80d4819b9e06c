// Element types by their StableHLO names and by ours.
import type { DType } from "../../tensor.ts";
import type { ElementType } from "./program.ts";

const DTYPES: ReadonlyMap<string, DType> = new Map<ElementType, DType>([
  ["i1", "bool"], ["i8", "int8"], ["i16", "int16"], ["i32", "int32"], ["i64", "int64"], ["ui8", "uint8"], ["ui16", "uint16"],
  ["ui32", "uint32"], ["ui64", "uint64"], ["f16", "float16"], ["bf16", "bfloat16"], ["f32", "float32"], ["f64", "float64"],
]);

/** `undefined` for what no host tensor holds: elements of less than a byte, 8-bit floats. */
export const findDType = (type: string): DType | undefined => DTYPES.get(type);

/** Throws `TypeError` for what `findDType` does not know. */
export function resolveDType(type: ElementType): DType {
  const dtype = findDType(type);
  if (dtype === undefined) throw new TypeError(`Cannot use a tensor of "${type}": no host tensor holds it`);
  return dtype;
}
