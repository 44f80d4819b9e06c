// Det: elimination with the largest pivot of each column, all matrices of the batch at once.
import { reduceWith } from "../convert/control.ts";
import { countElements } from "../convert/data-type.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";

function emitDet(context: EmitContext): DataValue[] {
  const { builder } = context;
  const input = context.data(0);
  const size = input.dims.at(-1) ?? 0;
  const batch = countElements(input.dims.slice(0, -2));
  const wide = input.type === "f64" ? input : builder.convert(input, "f32");
  let rest = builder.reshape(wide, [batch, size, size]);
  let product = builder.splat(rest.type, [batch], 1);
  for (let left = size; left > 0; left--) {
    const { pivot, isMoved, smaller } = eliminate(builder, rest);
    const signed = builder.select(isMoved, builder.unary("negate", pivot), pivot);
    product = builder.binary("multiply", product, signed);
    rest = smaller;
  }
  return [builder.convert(builder.reshape(product, input.dims.slice(0, -2)), input.type)];
}

interface Elimination {
  /** Largest of the first column, [batch]. */
  pivot: DataValue;
  /** Whether its row changes places with the first one, [batch]. */
  isMoved: DataValue;
  /** What is left without the first row and column, [batch, n - 1, n - 1]. */
  smaller: DataValue;
}

function eliminate(builder: ModuleBuilder, x: DataValue): Elimination {
  const [batch = 0, size = 0] = x.dims;
  const column = builder.reshape(builder.sliceAxis(x, 2, 0, 1), [batch, size]);
  const place = findLargest(builder, column);
  const isPivotRow = builder.compare("EQ", builder.iota("i32", [batch, size], 1), builder.broadcast(place, [batch, size], [0]));
  const mask = builder.broadcast(isPivotRow, x.dims, [0, 1]);
  const zero = builder.scalar(x.type, 0);
  const row = builder.reduce("add", builder.select(mask, x, zero), zero, [1]);
  const first = builder.sliceAxis(x, 1, 0, 1);
  const swapped = builder.sliceAxis(builder.select(mask, builder.broadcastTo(first, x.dims), x), 1, 1, size);
  const pivot = builder.reshape(builder.sliceAxis(row, 1, 0, 1), [batch]);
  // A column of zeros: the determinant is 0 whatever is left.
  const divisor = builder.select(builder.compare("EQ", pivot, zero), builder.scalar(x.type, 1), pivot);
  const factors = builder.combine("divide", builder.sliceAxis(swapped, 2, 0, 1), builder.reshape(divisor, [batch, 1, 1]));
  const taken = builder.combine("multiply", factors, builder.reshape(row, [batch, 1, size]));
  const smaller = builder.sliceAxis(builder.binary("subtract", swapped, taken), 2, 1, size);
  return { pivot, isMoved: builder.compare("NE", place, builder.scalar("i32", 0)), smaller };
}

/** Row of the largest absolute value of each column, [batch]. */
function findLargest(builder: ModuleBuilder, column: DataValue): DataValue {
  const values = [
    { x: builder.unary("abs", column), init: builder.scalar(column.type, -1) },
    { x: builder.iota("i32", column.dims, 1), init: builder.scalar("i32", 0) },
  ];
  const [, place] = reduceWith(builder, values, [1], ([most, at], [element, other]) => {
    if (!most || !at || !element || !other) return [];
    const isMore = builder.compare("GT", element, most);
    const isSame = builder.compare("EQ", element, most);
    const isFirst = builder.binary("and", isSame, builder.compare("LT", other, at));
    const isTaken = builder.binary("or", isMore, isFirst);
    return [builder.select(isTaken, element, most), builder.select(isTaken, other, at)];
  });
  if (place === undefined) throw new RangeError("found no result of a reduction");
  return place;
}

export const DETERMINANT: readonly Operator[] = [{ op: "Det", since: 11, emit: emitDet }];
