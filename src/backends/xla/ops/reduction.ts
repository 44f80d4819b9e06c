// Reductions over dimensions. Sums of small floats are made in float32.
import { countElements, isFloat } from "../convert/data-type.ts";
import type { DataType } from "../convert/data-type.ts";
import { resolveAxis } from "../convert/dims.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import { createBigInts, readBigInts } from "../convert/host-numbers.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue, HostValue } from "../convert/value.ts";

type Reduce = (builder: ModuleBuilder, x: DataValue, axes: readonly number[]) => DataValue;

/** All of them when nothing is given; none when it is told so. */
function resolveAxes(context: EmitContext): number[] {
  const rank = context.dims(0).length;
  const axes = context.findInts(1, "axes");
  if (axes !== undefined && axes.length > 0) return axes.map((axis) => resolveAxis(axis, rank));
  return context.int("noop_with_empty_axes", 0) === 1 ? [] : context.dims(0).map((_, i) => i);
}

const sum: Reduce = (builder, x, axes) => builder.reduce("add", x, builder.scalar(x.type, 0), axes);

export const reduceMean: Reduce = (builder, x, axes) => {
  const count = countElements(axes.map((axis) => x.dims[axis] ?? 1));
  return builder.combine("divide", sum(builder, x, axes), builder.scalar(x.type, count));
};

const square = (builder: ModuleBuilder, x: DataValue): DataValue => builder.binary("multiply", x, x);

export const reduceMax: Reduce = (builder, x, axes) =>
  x.type === "i1" ? builder.reduce("or", x, builder.scalar("i1", 0), axes)
  : builder.reduce("maximum", x, builder.scalar(x.type, findLowest(x.type)), axes);

export const reduceMin: Reduce = (builder, x, axes) =>
  x.type === "i1" ? builder.reduce("and", x, builder.scalar("i1", 1), axes)
  : builder.reduce("minimum", x, builder.scalar(x.type, findHighest(x.type)), axes);

const bitsOf = (type: DataType): bigint => BigInt(type.replace(/^\D+/, ""));

/** The neutral element of a maximum. */
export const findLowest = (type: DataType): number | bigint => {
  if (isFloat(type)) return -Infinity;
  return type.startsWith("u") ? 0n : -(2n ** (bitsOf(type) - 1n));
};

/** The neutral element of a minimum. */
export const findHighest = (type: DataType): number | bigint => {
  if (isFloat(type)) return Infinity;
  return type.startsWith("u") ? 2n ** bitsOf(type) - 1n : 2n ** (bitsOf(type) - 1n) - 1n;
};

/** The largest is taken out before the exponentials, so that they stay finite; an infinite one is not. */
const logSumExp: Reduce = (builder, x, axes) => {
  const kept = x.dims.map((dim, i) => (axes.includes(i) ? 1 : dim));
  const largest = reduceMax(builder, x, axes);
  const bound = builder.scalar(x.type, Infinity);
  const isFinite = builder.compare("LT", builder.unary("abs", largest), bound);
  const shift = builder.select(isFinite, largest, builder.scalar(x.type, 0));
  const shifted = builder.combine("subtract", x, builder.reshape(shift, kept));
  return builder.binary("add", builder.unary("log", sum(builder, builder.unary("exponential", shifted), axes)), shift);
};

/** Integers have no logarithm or root: through float32 and back. */
const throughFloat = (reduce: Reduce): Reduce => (builder, x, axes) =>
  isFloat(x.type) ? reduce(builder, x, axes) : builder.convert(reduce(builder, builder.convert(x, "f32"), axes), x.type);

/** Reduced dims stay as 1 unless `keepdims` is 0. No axes at all: what the reduction makes of single elements. */
function emitReduction(context: EmitContext, reduce: Reduce): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const axes = resolveAxes(context);
  const isSmall = x.type === "f16" || x.type === "bf16";
  const result = builder.convert(reduce(builder, isSmall ? builder.convert(x, "f32") : x, axes), x.type);
  const kept = x.dims.map((dim, i) => (axes.includes(i) ? 1 : dim));
  return [context.int("keepdims", 1) === 1 ? builder.reshape(result, kept) : result];
}

const row = (op: string, reduce: Reduce, fold?: Operator["fold"]): Operator =>
  ({ op, since: 1, emit: (context) => emitReduction(context, reduce), ...(fold === undefined ? {} : { fold }) });

/** Over all elements: what graphs do with shapes. */
const foldAll = (combine: (values: bigint[]) => bigint): Operator["fold"] => (context): HostValue[] | undefined => {
  const value = context.host(0);
  if (value.type !== "i64" || resolveAxes(context).length !== value.dims.length || countElements(value.dims) === 0) return undefined;
  const dims = context.int("keepdims", 1) === 1 ? value.dims.map(() => 1) : [];
  const result = combine(readBigInts(value));
  return [createBigInts("i64", dims, () => result)];
};

export const REDUCTION: readonly Operator[] = [
  row("ReduceSum", sum, foldAll((values) => values.reduce((a, b) => a + b))),
  row("ReduceMean", reduceMean),
  row("ReduceMax", reduceMax, foldAll((values) => values.reduce((a, b) => (a > b ? a : b)))),
  row("ReduceMin", reduceMin, foldAll((values) => values.reduce((a, b) => (a < b ? a : b)))),
  row("ReduceProd", (builder, x, axes) => builder.reduce("multiply", x, builder.scalar(x.type, 1), axes),
    foldAll((values) => values.reduce((a, b) => a * b))),
  row("ReduceL1", (builder, x, axes) => sum(builder, builder.unary("abs", x), axes)),
  row("ReduceL2", throughFloat((builder, x, axes) => builder.unary("sqrt", sum(builder, square(builder, x), axes)))),
  row("ReduceSumSquare", (builder, x, axes) => sum(builder, square(builder, x), axes)),
  row("ReduceLogSum", throughFloat((builder, x, axes) => builder.unary("log", sum(builder, x, axes)))),
  row("ReduceLogSumExp", throughFloat(logSumExp)),
];
