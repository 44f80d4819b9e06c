// Elements whose condition holds: Compress, and NonZero of what is known. How many there are decides about the shape, so
// the condition has to be constant.
import { countElements } from "../convert/data-type.ts";
import { resolveAxis } from "../convert/dims.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import { createNumbers, readNumbers } from "../convert/host-numbers.ts";
import { take } from "../convert/indexing.ts";
import type { Operator } from "../convert/operator.ts";
import { createInts } from "../convert/value.ts";
import type { DataValue, HostValue } from "../convert/value.ts";

/** Without an axis the elements of the whole tensor in a row. */
function emitCompress(context: EmitContext): DataValue[] {
  const { builder } = context;
  const given = context.data(0);
  const isFlat = context.findAttribute("axis", "int") === undefined;
  const x = isFlat ? builder.reshape(given, [countElements(given.dims)]) : given;
  const axis = isFlat ? 0 : resolveAxis(context.int("axis"), x.dims.length);
  const kept = context.hostInts(1).flatMap((isKept, i) => (isKept === 0 ? [] : [i]));
  const wrong = kept.find((index) => index >= (x.dims[axis] ?? 0));
  if (wrong !== undefined) throw context.unsupported(`found position ${wrong} in a dimension of ${x.dims[axis] ?? 0}`);
  return [take(builder, x, builder.host(createNumbers("i32", [kept.length], (i) => kept[i] ?? 0)), axis)];
}

/** Coordinates of the elements that are not zero, [rank, count]. */
function emitNonZero(context: EmitContext): HostValue[] {
  const value = context.host(0);
  const places = readNumbers(value).flatMap((number, i) => (number === 0 ? [] : [i]));
  const { dims } = value;
  const coordinates = dims.flatMap((dim, axis) => {
    const stride = countElements(dims.slice(axis + 1));
    return places.map((place) => Math.floor(place / stride) % dim);
  });
  return [createInts(coordinates, [dims.length, places.length])];
}

export const COMPRESS: readonly Operator[] = [
  { op: "Compress", since: 9, emit: emitCompress },
  { op: "NonZero", since: 9, emit: emitNonZero },
];
