// Normalizations by channel, group or dimension: BatchNormalization, InstanceNormalization, GroupNormalization,
// RMSNormalization and its older name, LpNormalization, LRN, MeanVarianceNormalization.
import { countElements, isFloat } from "../convert/data-type.ts";
import { resolveAxis } from "../convert/dims.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";
import { reduceWindow } from "../convert/windows.ts";
import type { NormalizeOptions } from "./normalization.ts";
import { reduceMean } from "./reduction.ts";

/** One number a channel, beside a tensor [batch, channels, …]. */
const perChannel = (builder: ModuleBuilder, values: DataValue, dims: readonly number[]): DataValue => builder.broadcast(values, dims, [1]);

const square = (builder: ModuleBuilder, x: DataValue): DataValue => builder.binary("multiply", x, x);

/** The mean over `axes`, which stay as 1. */
function keepMean(builder: ModuleBuilder, x: DataValue, axes: readonly number[]): DataValue {
  return builder.reshape(reduceMean(builder, x, axes), x.dims.map((dim, i) => (axes.includes(i) ? 1 : dim)));
}

/** (x - mean) / sqrt(variance + epsilon) over `axes`. */
function standardize(builder: ModuleBuilder, x: DataValue, { axes, epsilon }: { axes: readonly number[]; epsilon: number }): DataValue {
  const centered = builder.combine("subtract", x, keepMean(builder, x, axes));
  const variance = keepMean(builder, square(builder, centered), axes);
  const deviation = builder.unary("sqrt", builder.combine("add", variance, builder.scalar(x.type, epsilon)));
  return builder.combine("divide", centered, deviation);
}

/** With `training_mode` the batch's own mean and variance count, and the running ones move towards them. */
function emitBatchNormalization(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((index) => builder.convert(context.data(index), x.type));
  if (!scale || !bias || !mean || !variance) throw context.unsupported("an input is missing");
  const isTraining = context.int("training_mode", 0) === 1;
  const axes = x.dims.map((_, i) => i).filter((axis) => axis !== 1);
  const ownMean = isTraining ? reduceMean(builder, x, axes) : mean;
  const centered = builder.binary("subtract", x, perChannel(builder, ownMean, x.dims));
  const ownVariance = isTraining ? reduceMean(builder, square(builder, centered), axes) : variance;
  const deviation = builder.unary("sqrt", builder.combine("add", ownVariance, builder.scalar(x.type, context.float("epsilon", 1e-5))));
  const factor = builder.binary("divide", scale, deviation);
  const scaled = builder.binary("multiply", centered, perChannel(builder, factor, x.dims));
  const y = builder.binary("add", scaled, perChannel(builder, bias, x.dims));
  if (!isTraining) return [y];
  const momentum = builder.splat(x.type, mean.dims, context.float("momentum", 0.9));
  const rest = builder.splat(x.type, mean.dims, 1 - context.float("momentum", 0.9));
  const move = (running: DataValue, own: DataValue): DataValue =>
    builder.binary("add", builder.binary("multiply", running, momentum), builder.binary("multiply", own, rest));
  return [y, move(mean, ownMean), move(variance, ownVariance)];
}

function emitInstanceNormalization(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const axes = x.dims.map((_, i) => i).slice(2);
  const normal = standardize(builder, x, { axes, epsilon: context.float("epsilon", 1e-5) });
  const scaled = builder.binary("multiply", normal, perChannel(builder, context.data(1), x.dims));
  return [builder.binary("add", scaled, perChannel(builder, context.data(2), x.dims))];
}

/** Scale and bias are of groups up to opset 20, of channels from 21 on. */
function emitGroupNormalization(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const groups = context.int("num_groups");
  const [batch = 0, channels = 0, ...spatial] = x.dims;
  const grouped = builder.reshape(x, [batch, groups, channels / groups, ...spatial]);
  const axes = grouped.dims.map((_, i) => i).slice(2);
  const normal = standardize(builder, grouped, { axes, epsilon: context.float("epsilon", 1e-5) });
  const dims = context.opset < 21 ? normal.dims : x.dims;
  const spread = (index: number): DataValue => perChannel(builder, context.data(index), dims);
  const y = builder.binary("add", builder.binary("multiply", builder.reshape(normal, dims), spread(1)), spread(2));
  return [builder.reshape(y, x.dims)];
}

/** x / sqrt(mean(x²) + epsilon) as the type of `x`; 1/deviation as it was computed. */
export function normalizeByRms(
  builder: ModuleBuilder, input: DataValue, { from, epsilon }: NormalizeOptions,
): { normal: DataValue; inverse: DataValue } {
  const x = isFloat(input.type) && input.type !== "f64" ? builder.convert(input, "f32") : input;
  const mean = keepMean(builder, square(builder, x), x.dims.map((_, i) => i).slice(from));
  const inverse = builder.unary("rsqrt", builder.combine("add", mean, builder.scalar(x.type, epsilon)));
  return { normal: builder.convert(builder.combine("multiply", x, inverse), input.type), inverse };
}

/** Rows times scale, over the dimensions from `axis` on. SimplifiedLayerNormalization is its older name, with a second output. */
function emitRmsNormalization(context: EmitContext): DataValue[] {
  const { builder } = context;
  const input = context.data(0);
  const from = resolveAxis(context.int("axis", -1), input.dims.length);
  const { normal, inverse } = normalizeByRms(builder, input, { from, epsilon: context.float("epsilon", 1e-5) });
  return [builder.combine("multiply", normal, context.data(1)), inverse];
}

function emitLpNormalization(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const axis = resolveAxis(context.int("axis", -1), x.dims.length);
  const isFirst = context.int("p", 2) === 1;
  const parts = isFirst ? builder.unary("abs", x) : square(builder, x);
  const sum = builder.reduce("add", parts, builder.scalar(x.type, 0), [axis]);
  const norm = builder.reshape(isFirst ? sum : builder.unary("sqrt", sum), x.dims.toSpliced(axis, 1, 1));
  const isZero = builder.compare("EQ", norm, builder.scalar(x.type, 0));
  return [builder.combine("divide", x, builder.select(isZero, builder.scalar(x.type, 1), norm))];
}

/** x / (bias + alpha / size * sum of x² over neighbouring channels) ** beta. */
function emitLrn(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const size = context.int("size");
  const ones = x.dims.map(() => 1);
  const [sum] = reduceWindow(builder, [{ x: square(builder, x), init: builder.scalar(x.type, 0) }], {
    sizes: ones.toSpliced(1, 1, size), strides: ones,
    pads: x.dims.map((_, i) => (i === 1 ? [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)] : [0, 0])),
  }, ([total], [element]) => (total && element ? [builder.binary("add", total, element)] : []));
  if (sum === undefined) throw new RangeError("found no result of a window");
  const factor = builder.scalar(x.type, context.float("alpha", 1e-4) / size);
  const base = builder.combine("add", builder.combine("multiply", sum, factor), builder.scalar(x.type, context.float("bias", 1)));
  const divisor = builder.combine("power", base, builder.scalar(x.type, context.float("beta", 0.75)));
  return [builder.binary("divide", x, divisor)];
}

/** The epsilon of the function body in the ONNX specification. */
function emitMeanVarianceNormalization(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const axes = context.ints("axes", [0, 2, 3]).map((axis) => resolveAxis(axis, x.dims.length));
  const mean = keepMean(builder, x, axes);
  const variance = builder.binary("subtract", keepMean(builder, square(builder, x), axes), square(builder, mean));
  const deviation = builder.combine("add", builder.unary("sqrt", variance), builder.scalar(x.type, 1e-9));
  return [countElements(x.dims) === 0 ? x : builder.combine("divide", builder.combine("subtract", x, mean), deviation)];
}

export const CHANNEL_NORMALIZATION: readonly Operator[] = [
  { op: "BatchNormalization", since: 7, emit: emitBatchNormalization },
  { op: "InstanceNormalization", since: 1, emit: emitInstanceNormalization },
  { op: "GroupNormalization", since: 18, emit: emitGroupNormalization },
  { op: "RMSNormalization", since: 23, emit: emitRmsNormalization },
  { op: "SimplifiedLayerNormalization", since: 1, emit: emitRmsNormalization },
  { op: "LpNormalization", since: 1, emit: emitLpNormalization },
  { op: "LRN", since: 1, emit: emitLrn },
  { op: "MeanVarianceNormalization", since: 9, emit: emitMeanVarianceNormalization },
];
