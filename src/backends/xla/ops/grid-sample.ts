// GridSample, which reads an image at the positions of a grid, and AffineGrid, which makes such a grid.
import { countElements } from "../convert/data-type.ts";
import { dot } from "../convert/dot.ts";
import { createNumbers } from "../convert/host-numbers.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";
import { castValue } from "./cast.ts";
import { addAll, clamp, findCubic, findLinear, pickPixels, reflect, weighPixels } from "./sampling.ts";
import type { Outside } from "./sampling.ts";

/** -1 and 1 are the centers of the outer pixels, or their outer edges. */
const edges = (isAligned: boolean): Exclude<Outside, string> =>
  isAligned ? { low: () => 0, high: (size) => size - 1 } : { low: () => -0.5, high: (size) => size - 0.5 };

function denormalize(builder: ModuleBuilder, x: DataValue, { size, isAligned }: { size: number; isAligned: boolean }): DataValue {
  const number = (value: number): DataValue => builder.splat(x.type, x.dims, value);
  const shifted = builder.binary("add", x, number(1));
  if (isAligned) return builder.binary("multiply", shifted, number((size - 1) / 2));
  return builder.binary("subtract", builder.binary("multiply", shifted, number(size / 2)), number(0.5));
}

function resolveOutside(context: EmitContext, isAligned: boolean): Outside {
  const mode = context.string("padding_mode", "zeros");
  if (mode === "zeros" || mode === "border") return mode;
  if (mode === "reflection") return edges(isAligned);
  throw context.unsupported(`padding mode "${mode}" is not known`);
}

/** Positions of each spatial dimension, [batch, points]; the grid names the last dimension first. */
function readPositions(context: EmitContext, sizes: readonly number[], outside: Outside): DataValue[] {
  const { builder } = context;
  const isAligned = context.int("align_corners", 0) === 1;
  const grid = builder.convert(context.data(1), "f32");
  const points = [grid.dims[0] ?? 0, countElements(grid.dims.slice(1, -1))];
  return sizes.map((size, i) => {
    const at = sizes.length - 1 - i;
    const part = builder.reshape(builder.sliceAxis(grid, grid.dims.length - 1, at, at + 1), points);
    const exact = denormalize(builder, part, { size, isAligned });
    const place = context.string("mode", "linear") === "nearest" ? builder.unary("round_nearest_even", exact) : exact;
    if (outside === "zeros") return place;
    return outside === "border" ? clamp(builder, place, 0, size - 1) : reflect(builder, place, outside.low(size), outside.high(size));
  });
}

function emitGridSample(context: EmitContext): DataValue[] {
  const { builder } = context;
  const input = context.data(0);
  const x = castValue(builder, input, input.type === "f64" ? "f64" : "f32");
  const outside = resolveOutside(context, context.int("align_corners", 0) === 1);
  const positions = readPositions(context, x.dims.slice(2), outside).map((place) => builder.convert(place, x.type));
  const pixels = readPixels(context, { x, positions, outside });
  const y = builder.transpose(pixels, [0, 2, 1]);
  return [castValue(builder, builder.reshape(y, [...x.dims.slice(0, 2), ...context.dims(1).slice(1, -1)]), input.type)];
}

interface Reading {
  x: DataValue;
  positions: readonly DataValue[];
  outside: Outside;
}

function readPixels(context: EmitContext, { x, positions, outside }: Reading): DataValue {
  const { builder } = context;
  const mode = context.string("mode", "linear");
  if (mode === "nearest") return pickPixels(builder, { x }, positions, outside);
  // Opset 16 knew images of two dimensions only.
  const find = mode === "linear" || mode === "bilinear" ? findLinear : mode === "cubic" || mode === "bicubic" ? findCubic : undefined;
  if (find === undefined) throw context.unsupported(`mode "${mode}" is not known`);
  return addAll(builder, weighPixels(builder, { x }, positions.map((position) => find(builder, position)), outside));
}

/** Every pixel's own position, [rank + 1, pixels]: last dimension first, then ones. */
function createBase(sizes: readonly number[], isAligned: boolean): ReturnType<typeof createNumbers> {
  const pixels = countElements(sizes);
  return createNumbers("f32", [sizes.length + 1, pixels], (i) => {
    const [row, pixel] = [Math.floor(i / pixels), i % pixels];
    if (row === sizes.length) return 1;
    const axis = sizes.length - 1 - row;
    const size = sizes[axis] ?? 1;
    const at = Math.floor(pixel / countElements(sizes.slice(axis + 1))) % size;
    return isAligned ? -1 + (2 * at) / (size - 1) : -1 + (2 * at + 1) / size;
  });
}

function emitAffineGrid(context: EmitContext): DataValue[] {
  const { builder } = context;
  const theta = context.data(0);
  const sizes = context.hostInts(1).slice(2);
  const base = builder.host(createBase(sizes, context.int("align_corners", 0) === 1));
  const grid = dot(builder, castValue(builder, theta, "f32"), base, { contracting: [[2], [0]] });
  const turned = builder.transpose(grid, [0, 2, 1]);
  return [castValue(builder, builder.reshape(turned, [theta.dims[0] ?? 0, ...sizes, sizes.length]), theta.type)];
}

export const GRID_SAMPLE: readonly Operator[] = [
  { op: "GridSample", since: 16, emit: emitGridSample },
  { op: "AffineGrid", since: 20, emit: emitAffineGrid },
];
