// Pixels of images at positions that a program computes: what GridSample, RoiAlign and DeformConv share. Images are
// [batch, channels, …spatial], positions one tensor [batch, points] for each spatial dimension.
import { countElements } from "../convert/data-type.ts";
import { gather } from "../convert/indexing.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { DataValue } from "../convert/value.ts";

/** What lies outside of an image. */
export type Outside = "zeros" | "border" | { low: (size: number) => number; high: (size: number) => number };

export interface Image {
  x: DataValue;
  /** Which image of the batch each row of points is of; the row's own unless told otherwise. i64 of [rows]. */
  rows?: DataValue;
}

/** One of the neighbours of a position along one dimension. */
interface Neighbour {
  place: DataValue;
  weight: DataValue;
}

const number = (builder: ModuleBuilder, x: DataValue, value: number): DataValue => builder.splat(x.type, x.dims, value);

export function clamp(builder: ModuleBuilder, x: DataValue, low: number, high: number): DataValue {
  return builder.binary("minimum", builder.binary("maximum", x, number(builder, x, low)), number(builder, x, high));
}

/** Positions mirrored at `low` and `high` until they lie between. */
export function reflect(builder: ModuleBuilder, x: DataValue, low: number, high: number): DataValue {
  const range = high - low;
  if (range <= 0) return number(builder, x, low);
  const distance = builder.unary("abs", builder.binary("subtract", x, number(builder, x, low)));
  const folded = builder.binary("remainder", distance, number(builder, x, 2 * range));
  const mirrored = builder.binary("subtract", number(builder, x, 2 * range), folded);
  return builder.binary("add", builder.binary("minimum", folded, mirrored), number(builder, x, low));
}

/** Whole positions to pixels, [rows, points, channels]; `places` are whole numbers in a float type. */
export function pickPixels(builder: ModuleBuilder, { x, rows }: Image, places: readonly DataValue[], outside: Outside): DataValue {
  const [batch = 0, channels = 0, ...sizes] = x.dims;
  const [first] = places;
  if (first === undefined) throw new RangeError("found an image without dimensions");
  const inside = places.map((place, i) => moveInside(builder, place, { size: sizes[i] ?? 1, outside }));
  const flat = inside.reduce((sum, place, i) => {
    return builder.binary("add", builder.binary("multiply", sum, number(builder, sum, sizes[i] ?? 1)), builder.convert(place, "i64"));
  }, builder.splat("i64", first.dims, 0));
  const image = rows === undefined ? builder.iota("i64", first.dims, 0) : builder.broadcast(rows, first.dims, [0]);
  const column = [...first.dims, 1];
  const indices = builder.concatenate([builder.reshape(image, column), builder.reshape(flat, column)], 2);
  const lines = builder.transpose(builder.reshape(x, [batch, channels, countElements(sizes)]), [0, 2, 1]);
  const pixels = gather(builder, lines, indices, {
    offsetDims: [2], collapsedSliceDims: [0, 1], startIndexMap: [0, 1], indexVectorDim: 2, sliceSizes: [1, 1, channels],
  });
  if (outside !== "zeros") return pixels;
  const seen = places.map((place, i) => isInside(builder, place, sizes[i] ?? 1)).reduce((a, b) => builder.binary("and", a, b));
  return builder.select(builder.reshape(seen, column), pixels, builder.scalar(x.type, 0));
}

function moveInside(builder: ModuleBuilder, place: DataValue, { size, outside }: { size: number; outside: Outside }): DataValue {
  const moved = typeof outside === "string" ? place : reflect(builder, place, outside.low(size), outside.high(size));
  return clamp(builder, moved, 0, size - 1);
}

function isInside(builder: ModuleBuilder, place: DataValue, size: number): DataValue {
  const isBehind = builder.compare("GE", place, number(builder, place, 0));
  return builder.binary("and", isBehind, builder.compare("LE", place, number(builder, place, size - 1)));
}

/** The two pixels around a position. */
export function findLinear(builder: ModuleBuilder, position: DataValue): Neighbour[] {
  const low = builder.unary("floor", position);
  const rest = builder.binary("subtract", position, low);
  const one = number(builder, position, 1);
  return [{ place: low, weight: builder.binary("subtract", one, rest) }, { place: builder.binary("add", low, one), weight: rest }];
}

/** The four pixels around a position, weighed by Keys' cubic convolution with -0.75. */
export function findCubic(builder: ModuleBuilder, position: DataValue): Neighbour[] {
  const low = builder.unary("floor", position);
  const rest = builder.binary("subtract", position, low);
  return [-1, 0, 1, 2].map((step) => {
    const distance = builder.unary("abs", builder.binary("subtract", rest, number(builder, rest, step)));
    const isNear = step === 0 || step === 1;
    // Of near pixels 1.25 d³ - 2.25 d² + 1, of far ones -0.75 d³ + 3.75 d² - 6 d + 3.
    const factors = isNear ? [1.25, -2.25, 0, 1] : [-0.75, 3.75, -6, 3];
    return { place: builder.binary("add", low, number(builder, low, step)), weight: evaluate(builder, distance, factors) };
  });
}

/** A polynomial, highest power first. */
function evaluate(builder: ModuleBuilder, x: DataValue, factors: readonly number[]): DataValue {
  return factors.slice(1).reduce(
    (sum, factor) => builder.binary("add", builder.binary("multiply", sum, x), number(builder, x, factor)),
    number(builder, x, factors[0] ?? 0),
  );
}

/** Pixels of all combinations of neighbours, each times its weight: [rows, points, channels]. */
export function weighPixels(
  builder: ModuleBuilder, image: Image, neighbours: readonly (readonly Neighbour[])[], outside: Outside,
): DataValue[] {
  const combinations = neighbours.reduce<Neighbour[][]>(
    (rows, options) => rows.flatMap((row) => options.map((option) => [...row, option])), [[]],
  );
  return combinations.map((corners) => {
    const weight = corners.map((corner) => corner.weight).reduce((a, b) => builder.binary("multiply", a, b));
    const pixels = pickPixels(builder, image, corners.map(({ place }) => place), outside);
    return builder.combine("multiply", pixels, builder.reshape(weight, [...weight.dims, 1]));
  });
}

export const addAll = (builder: ModuleBuilder, values: readonly DataValue[]): DataValue =>
  values.reduce((a, b) => builder.binary("add", a, b));
