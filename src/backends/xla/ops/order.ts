// The largest and smallest elements of a dimension: ArgMax, ArgMin, Hardmax, TopK.
import { countElements } from "../convert/data-type.ts";
import { reduceWith } from "../convert/control.ts";
import { resolveAxis } from "../convert/dims.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import { sort } from "../convert/indexing.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";
import { findHighest, findLowest } from "./reduction.ts";

interface Search {
  isLargest: boolean;
  /** Of equal elements. */
  isLast: boolean;
}

/** Position of the extreme element along `axis`, which goes away. */
function findExtreme(builder: ModuleBuilder, x: DataValue, axis: number, { isLargest, isLast }: Search): DataValue {
  const none = isLast ? -1 : (x.dims[axis] ?? 0);
  const values = [
    { x, init: builder.scalar(x.type, isLargest ? findLowest(x.type) : findHighest(x.type)) },
    { x: builder.iota("i64", x.dims, axis), init: builder.scalar("i64", none) },
  ];
  const [, places] = reduceWith(builder, values, [axis], ([most, place], [element, other]) => {
    if (!most || !place || !element || !other) return [];
    const isMore = builder.compare(isLargest ? "GT" : "LT", element, most);
    const isBetterPlace = builder.compare(isLast ? "GT" : "LT", other, place);
    const isTaken = builder.binary("or", isMore, builder.binary("and", builder.compare("EQ", element, most), isBetterPlace));
    return [builder.select(isTaken, element, most), builder.select(isTaken, other, place)];
  });
  if (places === undefined) throw new RangeError("found no result of a reduction");
  return places;
}

function emitArg(context: EmitContext, isLargest: boolean): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const axis = resolveAxis(context.int("axis", 0), x.dims.length);
  const places = findExtreme(builder, x, axis, { isLargest, isLast: context.int("select_last_index", 0) === 1 });
  return [context.int("keepdims", 1) === 1 ? builder.reshape(places, x.dims.toSpliced(axis, 1, 1)) : places];
}

/** 1 at the first largest element of each row, 0 elsewhere. */
function emitOneAtLargest(builder: ModuleBuilder, x: DataValue, axis: number): DataValue {
  const places = findExtreme(builder, x, axis, { isLargest: true, isLast: false });
  const spread = builder.broadcast(places, x.dims, x.dims.map((_, i) => i).toSpliced(axis, 1));
  return builder.convert(builder.compare("EQ", builder.iota("i64", x.dims, axis), spread), x.type);
}

/** Before opset 13 everything from the axis on is one dimension. */
function emitHardmax(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  if (context.opset >= 13) return [emitOneAtLargest(builder, x, resolveAxis(context.int("axis", -1), x.dims.length))];
  const axis = resolveAxis(context.int("axis", 1), x.dims.length);
  const rows = builder.reshape(x, [countElements(x.dims.slice(0, axis)), countElements(x.dims.slice(axis))]);
  return [builder.reshape(emitOneAtLargest(builder, rows, 1), x.dims)];
}

/** Of equal elements the first comes first. */
function emitTopK(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const axis = resolveAxis(context.int("axis", -1), x.dims.length);
  const count = context.opset < 10 ? context.int("k") : (context.hostInts(1)[0] ?? 0);
  const isLargest = context.int("largest", 1) === 1;
  const sorted = sort(builder, [x, builder.iota("i64", x.dims, axis)], axis, ([a, b]) => {
    if (!a || !b) throw new RangeError("found no elements to compare");
    return builder.compare(isLargest ? "GT" : "LT", a, b);
  });
  return sorted.map((value) => builder.sliceAxis(value, axis, 0, count));
}

export const ORDER: readonly Operator[] = [
  { op: "ArgMax", since: 1, emit: (context) => emitArg(context, true) },
  { op: "ArgMin", since: 1, emit: (context) => emitArg(context, false) },
  { op: "Hardmax", since: 1, emit: emitHardmax },
  { op: "TopK", since: 1, emit: emitTopK },
];
