// Tensors whose elements are told by their position: OneHot, EyeLike, Trilu.
import { findDataType } from "../convert/data-type.ts";
import { resolveAxis } from "../convert/dims.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";
import { wrapIndices } from "./gather.ts";

/** `values` is [off, on]; the new dimension has `depth` elements. */
function emitOneHot(context: EmitContext): DataValue[] {
  const { builder } = context;
  const given = context.data(0);
  const depth = context.hostFloats(1)[0] ?? 0;
  const values = context.data(2);
  const axis = resolveAxis(context.int("axis", -1), given.dims.length + 1);
  const indices = wrapIndices(builder, builder.convert(given, "i64"), depth);
  const dims = given.dims.toSpliced(axis, 0, depth);
  const spread = builder.broadcast(indices, dims, dims.map((_, i) => i).toSpliced(axis, 1));
  const isHot = builder.compare("EQ", builder.iota("i64", dims, axis), spread);
  const [off, on] = [0, 1].map((i) => builder.reshape(builder.sliceAxis(values, 0, i, i + 1), []));
  return off && on ? [builder.select(isHot, on, off)] : [];
}

/** Where column - row compares with `offset` so, in the last two dimensions. */
function compareDiagonal(context: EmitContext, dims: readonly number[], direction: "EQ" | "GE" | "LE", offset: DataValue): DataValue {
  const { builder } = context;
  const distance = builder.binary("subtract", builder.iota("i64", dims, dims.length - 1), builder.iota("i64", dims, dims.length - 2));
  return builder.compare(direction, distance, builder.broadcast(builder.reshape(offset, []), dims, []));
}

function emitEyeLike(context: EmitContext): DataValue[] {
  const { builder } = context;
  const type = context.findAttribute("dtype", "int") === undefined ? context.type(0) : findDataType(context.int("dtype"));
  if (type === undefined) throw context.unsupported(`element type ${context.int("dtype")} is not known`);
  const isDiagonal = compareDiagonal(context, context.dims(0), "EQ", builder.scalar("i64", context.int("k", 0)));
  return [builder.convert(isDiagonal, type)];
}

function emitTrilu(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const offset = context.findData(1) ?? builder.scalar("i64", 0);
  const isKept = compareDiagonal(context, x.dims, context.int("upper", 1) === 1 ? "GE" : "LE", offset);
  return [builder.select(isKept, x, builder.splat(x.type, x.dims, 0))];
}

export const PATTERN: readonly Operator[] = [
  { op: "OneHot", since: 9, emit: emitOneHot },
  { op: "EyeLike", since: 9, emit: emitEyeLike },
  { op: "Trilu", since: 14, emit: emitTrilu },
];
