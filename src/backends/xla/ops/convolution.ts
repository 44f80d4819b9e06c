// Convolutions: plain, of integers, quantized, and transposed (the gradient of a plain one, used to enlarge).
import type { EmitContext } from "../convert/emit-context.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";
import { convolve, dilate } from "../convert/windows.ts";
import { readGeometry, splitPads } from "./window-geometry.ts";

/** `values` lies along the channels of [batch, channels, …]. */
export function addChannels(builder: ModuleBuilder, x: DataValue, values: DataValue): DataValue {
  return builder.binary("add", x, builder.broadcast(values, x.dims, [1]));
}

function emitConvolve(context: EmitContext, x: DataValue, kernel: DataValue): DataValue {
  const { strides, pads, dilations } = readGeometry(context, x.dims.slice(2), kernel.dims.slice(2));
  return convolve(context.builder, x, kernel, { strides, pads, kernelDilations: dilations, groups: context.int("group", 1) });
}

function emitConv(context: EmitContext): DataValue[] {
  const bias = context.findData(2);
  const y = emitConvolve(context, context.data(0), context.data(1));
  return [bias === undefined ? y : addChannels(context.builder, y, bias)];
}

/** Integers without their zero point, as i32. The zero point is a scalar, or one a channel of `axis`. */
function shiftToZero(context: EmitContext, index: number, zeroIndex: number, axis: number): DataValue {
  const { builder } = context;
  const x = builder.convert(context.data(index), "i32");
  const zero = context.findData(zeroIndex);
  if (zero === undefined) return x;
  return builder.binary("subtract", x, spread(builder, builder.convert(zero, "i32"), x.dims, axis));
}

/** A scalar, or one number for each place along `axis`. */
function spread(builder: ModuleBuilder, value: DataValue, dims: readonly number[], axis: number): DataValue {
  const count = value.dims[0] ?? 1;
  if (value.dims.length === 0) return builder.broadcast(value, dims, []);
  return count === 1 ? builder.broadcast(builder.reshape(value, []), dims, []) : builder.broadcast(value, dims, [axis]);
}

/** y = conv(x - xZero, w - wZero) in 32-bit integers. */
function emitConvInteger(context: EmitContext): DataValue[] {
  return [emitConvolve(context, shiftToZero(context, 0, 2, 1), shiftToZero(context, 1, 3, 0))];
}

/** y = saturate(round((conv(x - xZero, w - wZero) + bias) * xScale * wScale / yScale) + yZero). */
function emitQLinearConv(context: EmitContext): DataValue[] {
  const { builder } = context;
  const shifted = emitConvolve(context, shiftToZero(context, 0, 2, 1), shiftToZero(context, 3, 5, 0));
  const bias = context.findData(8);
  const sum = bias === undefined ? shifted : addChannels(builder, shifted, bias);
  const [xScale, wScale, yScale] = [1, 4, 6].map((index) => spread(builder, context.data(index), sum.dims, 1));
  if (xScale === undefined || wScale === undefined || yScale === undefined) throw context.unsupported("a scale is missing");
  const factor = builder.binary("divide", builder.binary("multiply", xScale, wScale), yScale);
  const scaled = builder.binary("multiply", builder.convert(sum, factor.type), factor);
  const yZero = context.data(7);
  const zero = builder.convert(spread(builder, yZero, sum.dims, 1), factor.type);
  const rounded = builder.binary("add", builder.unary("round_nearest_even", scaled), zero);
  const [low, high] = yZero.type === "i8" ? [-128, 127] : [0, 255];
  const limit = (value: number): DataValue => builder.splat(factor.type, sum.dims, value);
  const clipped = builder.binary("minimum", builder.binary("maximum", rounded, limit(low)), limit(high));
  return [builder.convert(clipped, yZero.type)];
}

/** Weights are [channels, output channels of a group, …]: turned round, a plain convolution over spread-out inputs takes them. */
function emitConvTranspose(context: EmitContext): DataValue[] {
  const { builder } = context;
  const [x, kernel] = [context.data(0), context.data(1)];
  const groups = context.int("group", 1);
  const [spatial, sizes] = [x.dims.slice(2), kernel.dims.slice(2)];
  const ones = sizes.map(() => 1);
  const strides = context.ints("strides", ones);
  const dilations = context.ints("dilations", ones);
  const pads = resolveTransposedPads(context, { spatial, sizes, strides, dilations });
  const y = convolve(builder, x, turnKernel(builder, kernel, groups), {
    strides: ones, inputDilations: strides, kernelDilations: dilations, groups, pads,
  });
  const bias = context.findData(2);
  return [bias === undefined ? y : addChannels(builder, y, bias)];
}

interface TransposedFacts {
  spatial: readonly number[];
  sizes: readonly number[];
  strides: readonly number[];
  dilations: readonly number[];
}

/** Pads of the plain convolution: what a kernel reaches over the edge, less the node's own pads. */
function resolveTransposedPads(context: EmitContext, { spatial, sizes, strides, dilations }: TransposedFacts): [number, number][] {
  const mode = context.string("auto_pad", "NOTSET");
  const added = context.ints("output_padding", sizes.map(() => 0));
  const shape = context.findAttribute("output_shape", "ints")?.map(Number);
  const given = context.ints("pads", sizes.flatMap(() => [0, 0]));
  return sizes.map((size, i) => {
    const [stride, span, extra] = [strides[i] ?? 1, dilate(size, dilations[i] ?? 1), added[i] ?? 0];
    const whole = stride * ((spatial[i] ?? 0) - 1) + extra + span;
    const isSame = mode === "SAME_UPPER" || mode === "SAME_LOWER";
    const wanted = shape?.[shape.length - sizes.length + i] ?? (isSame ? (spatial[i] ?? 0) * stride : undefined);
    const own = wanted === undefined ? [given[i] ?? 0, given[i + sizes.length] ?? 0] : splitPads(whole - wanted, mode === "SAME_UPPER");
    return [span - 1 - (own[0] ?? 0), span - 1 - (own[1] ?? 0) + extra];
  });
}

function turnKernel(builder: ModuleBuilder, kernel: DataValue, groups: number): DataValue {
  const [channels = 0, outputs = 0, ...sizes] = kernel.dims;
  const rest = sizes.map((_, i) => i + 3);
  const split = builder.reshape(kernel, [groups, channels / groups, outputs, ...sizes]);
  const swapped = builder.transpose(split, [0, 2, 1, ...rest]);
  const joined = builder.reshape(swapped, [groups * outputs, channels / groups, ...sizes]);
  return builder.reverse(joined, sizes.map((_, i) => i + 2));
}

export const CONVOLUTION: readonly Operator[] = [
  { op: "Conv", since: 1, emit: emitConv },
  { op: "ConvInteger", since: 10, emit: emitConvInteger },
  { op: "QLinearConv", since: 10, emit: emitQLinearConv },
  { op: "ConvTranspose", since: 1, emit: emitConvTranspose },
];
