// Poolings: the largest, the mean or a norm of each window, of whole images, and the way back from a largest.
import { countElements, isFloat } from "../convert/data-type.ts";
import type { DataType } from "../convert/data-type.ts";
import { resolveStrides } from "../convert/dims.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import { scatter } from "../convert/indexing.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";
import { reduceWindow } from "../convert/windows.ts";
import type { WindowOptions } from "../convert/windows.ts";
import { readGeometry } from "./window-geometry.ts";
import type { WindowGeometry } from "./window-geometry.ts";

function readPooling(context: EmitContext): WindowGeometry {
  return readGeometry(context, context.dims(0).slice(2), context.ints("kernel_shape"));
}

/** Windows over [batch, channels, …spatial]; what a last window lacks is padded too. */
function formatWindows({ sizes, strides, dilations, pads, excess }: WindowGeometry): WindowOptions {
  return {
    sizes: [1, 1, ...sizes], strides: [1, 1, ...strides], dilations: [1, 1, ...dilations],
    pads: [[0, 0], [0, 0], ...pads.map(([low, high], i) => [low, high + (excess[i] ?? 0)] as const)],
  };
}

function sumWindows(builder: ModuleBuilder, x: DataValue, geometry: WindowGeometry): DataValue {
  const [sum] = reduceWindow(builder, [{ x, init: builder.scalar(x.type, 0) }], formatWindows(geometry), ([total], [element]) =>
    total && element ? [builder.binary("add", total, element)] : []);
  if (sum === undefined) throw new RangeError("found no result of a window");
  return sum;
}

function emitAveragePool(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const geometry = readPooling(context);
  return [builder.binary("divide", sumWindows(builder, x, geometry), countWindows(context, x, geometry))];
}

/** Elements of each window that count: pads do when the node says so, what a last window lacks never does. */
function countWindows(context: EmitContext, { type, dims }: DataValue, geometry: WindowGeometry): DataValue {
  const { builder } = context;
  if (context.int("count_include_pad", 0) === 0) return sumWindows(builder, builder.splat(type, dims, 1), geometry);
  const padded = dims.map((dim, i) => {
    const [low, high] = geometry.pads[i - 2] ?? [0, 0];
    return dim + low + high;
  });
  return sumWindows(builder, builder.splat(type, padded, 1), { ...geometry, pads: geometry.pads.map(() => [0, 0]) });
}

/** (sum of |x| ** p) ** (1 / p) of each window. */
function emitLpPool(context: EmitContext): DataValue[] {
  const { builder } = context;
  return [emitNorm(context, (powers) => sumWindows(builder, powers, readPooling(context)))];
}

function emitNorm(context: EmitContext, sum: (powers: DataValue) => DataValue): DataValue {
  const { builder } = context;
  const x = context.data(0);
  const p = context.int("p", 2);
  const power = (value: DataValue, exponent: number): DataValue =>
    builder.binary("power", value, builder.splat(value.type, value.dims, exponent));
  return power(sum(power(builder.unary("abs", x), p)), 1 / p);
}

function emitMaxPool(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const windows = formatWindows(readPooling(context));
  const init = builder.scalar(x.type, lowest(x.type));
  if (!context.wants(1)) {
    return reduceWindow(builder, [{ x, init }], windows, ([most], [element]) =>
      most && element ? [builder.binary("maximum", most, element)] : []);
  }
  const places = createPlaces(builder, x.dims, context.int("storage_order", 0) === 1);
  const values = [{ x, init }, { x: places, init: builder.scalar("i64", -1) }];
  return reduceWindow(builder, values, windows, ([most, place], [element, other]) => {
    if (!most || !place || !element || !other) return [];
    const isMore = builder.compare("GT", element, most);
    return [builder.select(isMore, element, most), builder.select(isMore, other, place)];
  });
}

/** Position of each element in the whole tensor; of an image column by column when `isColumnMajor`. */
function createPlaces(builder: ModuleBuilder, dims: readonly number[], isColumnMajor: boolean): DataValue {
  const spatial = dims.slice(2);
  const inner = isColumnMajor ? resolveStrides(spatial.toReversed()).toReversed() : resolveStrides(spatial);
  const strides = [...resolveStrides(dims).slice(0, 2), ...inner];
  const parts = strides.map((stride, axis) =>
    builder.binary("multiply", builder.iota("i64", dims, axis), builder.splat("i64", dims, stride)));
  return parts.reduce((sum, part) => builder.binary("add", sum, part));
}

function lowest(type: DataType): number {
  if (isFloat(type)) return -Infinity;
  return type === "i8" ? -128 : 0;
}

/** Each element to where a MaxPool found it, zeros elsewhere; a larger `output_shape` is filled from its first corner. */
function emitMaxUnpool(context: EmitContext): DataValue[] {
  const { builder } = context;
  const [x, places] = [context.data(0), context.data(1)];
  const dims = resolveUnpooled(context, x.dims);
  const count = countElements(x.dims);
  const flat = builder.splat(x.type, [countElements(dims)], 0);
  const placed = scatter(builder, [flat, builder.reshape(places, [count, 1]), builder.reshape(x, [count])], {
    updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0], indexVectorDim: 1,
  }, (_, update) => update);
  const y = builder.reshape(placed, dims);
  const shape = context.has(2) ? context.hostInts(2) : dims;
  const high = shape.map((dim, i) => dim - (dims[i] ?? 0));
  return [high.every((pad) => pad === 0) ? y : builder.pad(y, builder.scalar(x.type, 0), { low: high.map(() => 0), high })];
}

function resolveUnpooled(context: EmitContext, dims: readonly number[]): number[] {
  const sizes = context.ints("kernel_shape");
  const strides = context.ints("strides", sizes.map(() => 1));
  const pads = context.ints("pads", sizes.flatMap(() => [0, 0]));
  const spatial = sizes.map((size, i) => {
    const own = (pads[i] ?? 0) + (pads[i + sizes.length] ?? 0);
    return ((dims[i + 2] ?? 0) - 1) * (strides[i] ?? 1) - own + size;
  });
  return [...dims.slice(0, 2), ...spatial];
}

/** All but batch and channels become 1. */
function reduceImage(builder: ModuleBuilder, x: DataValue, op: "add" | "maximum"): DataValue {
  const init = builder.scalar(x.type, op === "add" ? 0 : lowest(x.type));
  const reduced = builder.reduce(op, x, init, x.dims.map((_, i) => i).slice(2));
  return builder.reshape(reduced, x.dims.map((dim, i) => (i < 2 ? dim : 1)));
}

function emitGlobalAverage(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const sum = reduceImage(builder, x, "add");
  return [builder.binary("divide", sum, builder.splat(x.type, sum.dims, countElements(x.dims.slice(2))))];
}

export const POOLING: readonly Operator[] = [
  { op: "AveragePool", since: 1, emit: emitAveragePool },
  { op: "LpPool", since: 2, emit: emitLpPool },
  { op: "MaxPool", since: 1, emit: emitMaxPool },
  { op: "MaxUnpool", since: 9, emit: emitMaxUnpool },
  { op: "GlobalAveragePool", since: 1, emit: emitGlobalAverage },
  { op: "GlobalMaxPool", since: 1, emit: (context) => [reduceImage(context.builder, context.data(0), "maximum")] },
  { op: "GlobalLpPool", since: 2, emit: (context) => [emitNorm(context, (powers) => reduceImage(context.builder, powers, "add"))] },
];
