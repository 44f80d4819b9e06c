// Products of tensors: dots with batching dimensions, in the precision that the program was asked for.
import type { DataType } from "./data-type.ts";
import { formatList, formatType, typeOf } from "./mlir-text.ts";
import type { ModuleBuilder } from "./module-builder.ts";
import type { DataValue } from "./value.ts";

export interface DotDimensions {
  batching?: readonly [readonly number[], readonly number[]];
  contracting: readonly [readonly number[], readonly number[]];
  /** Type of the result; the operands' own unless told otherwise. */
  type?: DataType;
  /** HIGHEST unless told otherwise: float32 stays float32 where a device would use TF32. */
  precision?: "DEFAULT" | "HIGH" | "HIGHEST";
}

/** Dims of the result: batching, then what is left of `left`, then what is left of `right`. */
export function dot(builder: ModuleBuilder, left: DataValue, right: DataValue, options: DotDimensions): DataValue {
  const { batching = [[], []], contracting, type, precision: chosen = builder.precision } = options;
  const [a, b] = [builder.lower(left), builder.lower(right)];
  const free = (value: DataValue, side: 0 | 1): number[] => {
    const taken = new Set([...batching[side], ...contracting[side]]);
    return value.dims.filter((_, i) => !taken.has(i));
  };
  const dims = [...batching[0].map((axis) => a.dims[axis] ?? 0), ...free(a, 0), ...free(b, 1)];
  const result = type ?? (left.type === right.type ? left.type : "f32");
  const pairs = `contracting_dims = ${formatList(contracting[0])} x ${formatList(contracting[1])}`;
  const batch = `batching_dims = ${formatList(batching[0])} x ${formatList(batching[1])}`;
  const dimensions = batching[0].length === 0 ? pairs : `${batch}, ${pairs}`;
  const text = `stablehlo.dot_general ${a.id}, ${b.id}, ${dimensions}, precision = [${chosen}, ${chosen}]`;
  return builder.emit(`${text} : (${typeOf(a)}, ${typeOf(b)}) -> ${formatType(result, dims)}`, result, dims);
}
