// Resize and Upsample: each axis by itself. Nearest picks elements, linear and cubic are a product with a constant matrix.
import { isFloat } from "../convert/data-type.ts";
import { resolveAxis } from "../convert/dims.ts";
import { dot } from "../convert/dot.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import { createNumbers } from "../convert/host-numbers.ts";
import { take } from "../convert/indexing.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";
import { createWeights, isOutside, resolveNearest } from "./resize-weights.ts";
import type { AxisFacts } from "./resize-weights.ts";

/** Which axes change, and from what to what. */
interface Plan {
  axis: number;
  resized: number;
  scale: number;
  region: readonly [number, number];
}

function emitResize(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const facts = readPlan(context, x.dims).map((plan) => ({ axis: plan.axis, facts: readFacts(context, x.dims, plan) }));
  const resized = facts.reduce((value, { axis, facts: own }) => resizeAxis(builder, value, axis, own), x);
  return [facts.reduce((value, { axis, facts: own }) => fillOutside(context, value, axis, own), resized)];
}

/** Inputs: x, roi, scales, sizes; before opset 11 x and scales. */
function readPlan(context: EmitContext, dims: readonly number[]): Plan[] {
  const axes = (context.findAttribute("axes", "ints")?.map(Number) ?? dims.map((_, i) => i)).map((axis) => resolveAxis(axis, dims.length));
  const [scaleIndex, sizeIndex] = context.opset < 11 ? [1, -1] : [2, 3];
  const region = context.string("coordinate_transformation_mode", "half_pixel") === "tf_crop_and_resize" ? context.hostFloats(1) : [];
  const given = context.has(scaleIndex) ? context.hostFloats(scaleIndex) : [];
  const sizes = sizeIndex >= 0 && context.has(sizeIndex) ? context.hostInts(sizeIndex) : [];
  if (given.length === 0 && sizes.length === 0) throw context.unsupported("neither scales nor sizes are given");
  const scales = given.length > 0 ? given : resolveScales(context, { axes, sizes, dims });
  return axes.map((axis, i) => {
    const length = dims[axis] ?? 0;
    const scale = scales[i] ?? 1;
    const exact = given.length > 0 || context.string("keep_aspect_ratio_policy", "stretch") === "stretch";
    const fitted = given.length > 0 ? Math.floor(length * scale) : (sizes[i] ?? length);
    const resized = exact ? fitted : Math.round(length * scale);
    return { axis, scale, resized, region: [region[i] ?? 0, region[i + axes.length] ?? 1] };
  });
}

interface ScaleFacts {
  axes: readonly number[];
  sizes: readonly number[];
  dims: readonly number[];
}

/** "not_larger" and "not_smaller" keep the aspect ratio: one scale for all axes. */
function resolveScales(context: EmitContext, { axes, sizes, dims }: ScaleFacts): number[] {
  const scales = axes.map((axis, i) => (sizes[i] ?? 0) / (dims[axis] ?? 1));
  const policy = context.string("keep_aspect_ratio_policy", "stretch");
  if (policy === "stretch") return scales;
  const scale = policy === "not_larger" ? Math.min(...scales) : Math.max(...scales);
  return scales.map(() => scale);
}

function readFacts(context: EmitContext, dims: readonly number[], { axis, resized, scale, region }: Plan): AxisFacts {
  const mode = context.string("mode", "nearest");
  if (mode !== "nearest" && mode !== "linear" && mode !== "cubic") throw context.unsupported(`mode "${mode}" is not known`);
  const isOld = context.opset < 11;
  return {
    mode, resized, scale, region,
    length: dims[axis] ?? 0,
    coordinates: context.string("coordinate_transformation_mode", isOld ? "asymmetric" : "half_pixel"),
    nearest: context.string("nearest_mode", isOld ? "floor" : "round_prefer_floor"),
    cubicA: context.float("cubic_coeff_a", -0.75),
    isOutsideExcluded: context.int("exclude_outside", 0) === 1,
    isAntialiased: context.int("antialias", 0) === 1,
  };
}

function resizeAxis(builder: ModuleBuilder, x: DataValue, axis: number, facts: AxisFacts): DataValue {
  const { length, resized, scale, mode, coordinates } = facts;
  if (length === resized && scale === 1 && coordinates !== "tf_crop_and_resize") return x;
  if (mode === "nearest") {
    return take(builder, x, builder.host(createNumbers("i32", [resized], (index) => resolveNearest(facts, index))), axis);
  }
  const rows = Array.from({ length: resized }, (_, index) => createWeights(facts, index));
  const type = isFloat(x.type) ? x.type : "f32";
  const weights = createNumbers(type, [resized, length], (at) => rows[Math.floor(at / length)]?.[at % length] ?? 0);
  const product = dot(builder, builder.convert(x, type), builder.host(weights), { contracting: [[axis], [1]] });
  const back = x.dims.map((_, i) => (i === axis ? x.dims.length - 1 : i < axis ? i : i - 1));
  return builder.convert(builder.transpose(product, back), x.type);
}

/** What "tf_crop_and_resize" asks for outside of the image. */
function fillOutside(context: EmitContext, x: DataValue, axis: number, facts: AxisFacts): DataValue {
  const { builder } = context;
  const outside = createNumbers("i1", [facts.resized], (index) => (isOutside(facts, index) ? 1 : 0));
  if (outside.bytes.every((byte) => byte === 0)) return x;
  const filled = builder.splat(x.type, x.dims, context.float("extrapolation_value", 0));
  return builder.select(builder.broadcast(builder.host(outside), x.dims, [axis]), filled, x);
}

export const RESIZE: readonly Operator[] = [
  { op: "Resize", since: 10, emit: emitResize },
  { op: "Upsample", since: 9, emit: emitResize },
];
