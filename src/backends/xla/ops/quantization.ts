// Numbers as integers with a scale and a zero point: QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear.
import { countElements, findDataType, isCode } from "../convert/data-type.ts";
import type { DataType } from "../convert/data-type.ts";
import { resolveAxis, resolveStrides } from "../convert/dims.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import { createNumbers, findNumberArray } from "../convert/host-numbers.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue, HostValue } from "../convert/value.ts";
import { castValue } from "./cast.ts";
import { reduceMax, reduceMin } from "./reduction.ts";

const RANGES: ReadonlyMap<DataType, readonly [number, number]> = new Map([
  ["i2", [-2, 1]], ["ui2", [0, 3]], ["i4", [-8, 7]], ["ui4", [0, 15]], ["i8", [-128, 127]], ["ui8", [0, 255]],
  ["i16", [-32_768, 32_767]], ["ui16", [0, 65_535]],
]);

/** A scale or zero point in the shape of the tensor: one for all, one along the axis, or one a block along the axis. */
function spread(context: EmitContext, value: DataValue, dims: readonly number[]): DataValue {
  const { builder } = context;
  if (countElements(value.dims) === 1) return builder.reshape(value, []);
  const axis = resolveAxis(context.int("axis", 1), dims.length);
  const block = context.int("block_size", 0);
  if (block === 0) return builder.reshape(value, dims.map((dim, i) => (i === axis ? dim : 1)));
  const blocks = value.dims[axis] ?? 0;
  const wide = [...value.dims.slice(0, axis + 1), block, ...value.dims.slice(axis + 1)];
  const repeated = builder.broadcast(value, wide, value.dims.map((_, i) => (i <= axis ? i : i + 1)));
  const whole = builder.reshape(repeated, value.dims.map((dim, i) => (i === axis ? blocks * block : dim)));
  return builder.sliceAxis(whole, axis, 0, dims[axis] ?? 0);
}

/** `round(x)` to nearest even, plus the zero point, moved inside the type's range. `x` is float32. */
export function saturate(builder: ModuleBuilder, x: DataValue, type: DataType, zeroPoint?: DataValue): DataValue {
  const [low, high] = RANGES.get(type) ?? [0, 255];
  const rounded = builder.unary("round_nearest_even", x);
  const moved = zeroPoint === undefined ? rounded : builder.combine("add", rounded, castValue(builder, zeroPoint, x.type));
  const clamped = builder.combine("minimum", builder.combine("maximum", moved, builder.scalar(x.type, low)), builder.scalar(x.type, high));
  return castValue(builder, builder.convert(clamped, "i32"), type);
}

function resolveOutputType(context: EmitContext): DataType {
  if (context.has(2)) return context.type(2);
  const number = context.int("output_dtype", 0);
  return number === 0 ? "ui8" : (findDataType(number) ?? "ui8");
}

function emitQuantize(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const type = resolveOutputType(context);
  const precision = findDataType(context.int("precision", 0)) ?? x.type;
  const scale = spread(context, castValue(builder, context.data(1), precision), x.dims);
  const scaled = builder.combine("divide", castValue(builder, x, precision), scale);
  const exact = castValue(builder, scaled, scaled.type === "f64" ? "f64" : "f32");
  const zeroPoint = context.findData(2);
  const zero = zeroPoint && spread(context, zeroPoint, x.dims);
  if (!isCode(type)) return [saturate(builder, exact, type, zero)];
  // The 4-bit float has a zero point; that of the 8-bit ones says their type alone.
  const moved = zero?.type === "f4E2M1FN" ? builder.combine("add", exact, castValue(builder, zero, "f32")) : exact;
  return [castValue(builder, moved, type, { saturate: context.int("saturate", 1) !== 0 })];
}

/** `(x - zero point) * scale` in float32, as the scale's type unless another one is asked for. */
function emitDequantize(context: EmitContext): DataValue[] {
  const { builder } = context;
  const [x, scale] = [context.data(0), context.data(1)];
  const zeroPoint = context.findData(2);
  const number = castValue(builder, x, "f32");
  const centered = zeroPoint === undefined || isCode(x.type)
    ? number
    : builder.combine("subtract", number, spread(context, castValue(builder, zeroPoint, "f32"), x.dims));
  const result = builder.combine("multiply", centered, spread(context, castValue(builder, scale, "f32"), x.dims));
  return [castValue(builder, result, findDataType(context.int("output_dtype", 0)) ?? scale.type)];
}

/** Weights are dequantized once. */
function foldDequantize(context: EmitContext): HostValue[] | undefined {
  const [x, scale] = [context.host(0), context.host(1)];
  const [from, scales] = [findNumberArray(x), findNumberArray(scale)];
  const zeroPoints = context.has(2) ? findNumberArray(context.host(2)) : undefined;
  const isKnown = from !== undefined && scales !== undefined && (zeroPoints !== undefined || !context.has(2));
  if (!isKnown || isCode(x.type) || scale.type !== "f32" || context.int("output_dtype", 0) !== 0 || !context.fits(x.dims)) return undefined;
  const place = findPlace(context, x, scale);
  return [createNumbers("f32", x.dims, (i) => {
    const at = place(i);
    return ((from[i] ?? 0) - (zeroPoints?.[at] ?? 0)) * (scales[at] ?? 0);
  })];
}

/** Which scale counts for which element. */
function findPlace(context: EmitContext, x: HostValue, scale: HostValue): (i: number) => number {
  if (countElements(scale.dims) === 1) return () => 0;
  const axis = resolveAxis(context.int("axis", 1), x.dims.length);
  const inner = countElements(x.dims.slice(axis + 1));
  const length = x.dims[axis] ?? 1;
  const block = context.int("block_size", 0);
  if (block === 0) return (i) => Math.floor(i / inner) % length;
  const outer = (resolveStrides(scale.dims)[axis] ?? 1) * (scale.dims[axis] ?? 1);
  return (i) => {
    const position = Math.floor((Math.floor(i / inner) % length) / block);
    return Math.floor(i / (inner * length)) * outer + position * inner + (i % inner);
  };
}

/** To ui8 with a scale and zero point from the tensor's own range, which always holds 0. */
function emitDynamicQuantize(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const axes = x.dims.map((_, i) => i);
  const zero = builder.scalar("f32", 0);
  const high = builder.binary("maximum", reduceMax(builder, x, axes), zero);
  const low = builder.binary("minimum", reduceMin(builder, x, axes), zero);
  const step = builder.binary("divide", builder.binary("subtract", high, low), builder.scalar("f32", 255));
  // A tensor of zeros: any scale will do.
  const scale = builder.select(builder.compare("EQ", step, zero), builder.scalar("f32", 1), step);
  const zeroPoint = saturate(builder, builder.binary("divide", builder.unary("negate", low), scale), "ui8");
  return [saturate(builder, builder.combine("divide", x, scale), "ui8", zeroPoint), step, zeroPoint];
}

export const QUANTIZATION: readonly Operator[] = [
  { op: "QuantizeLinear", since: 10, emit: emitQuantize },
  { op: "DequantizeLinear", since: 10, emit: emitDequantize, fold: foldDequantize },
  { op: "QuantizeLinear", domain: "com.microsoft", since: 1, emit: emitQuantize },
  { op: "DequantizeLinear", domain: "com.microsoft", since: 1, emit: emitDequantize, fold: foldDequantize },
  { op: "DynamicQuantizeLinear", since: 11, emit: emitDynamicQuantize },
];
