// RoiAlign: regions of an image, pooled to a grid of bins.
import { countElements } from "../convert/data-type.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";
import { addAll, clamp, findLinear, weighPixels } from "./sampling.ts";

interface Bins {
  /** Bins of one side, and samples in each. */
  count: number;
  samples: number;
  size: number;
}

/** Positions of the samples of each region along one side, [regions, bins * samples], and whether the image reaches there. */
function placeSamples(
  context: EmitContext, [start, end]: readonly [DataValue, DataValue], { count, samples, size }: Bins,
): { position: DataValue; isInside: DataValue } {
  const { builder } = context;
  const number = (value: number): DataValue => builder.scalar("f32", value);
  const isHalf = isHalfPixel(context);
  const scaled = [start, end].map((edge) => {
    const far = builder.combine("multiply", edge, number(context.float("spatial_scale", 1)));
    return isHalf ? builder.combine("subtract", far, number(0.5)) : far;
  });
  const [low = start, high = end] = scaled;
  const length = builder.binary("subtract", high, low);
  // Regions that are empty or inside out become one pixel.
  const kept = isHalf ? length : builder.combine("maximum", length, number(1));
  const grid = [start.dims[0] ?? 0, count * samples];
  const step = builder.broadcast(builder.combine("multiply", kept, number(1 / (count * samples))), grid, [0]);
  const middle = builder.combine("add", builder.iota("f32", grid, 1), number(0.5));
  const place = builder.binary("add", builder.broadcast(low, grid, [0]), builder.binary("multiply", middle, step));
  const isInside = builder.binary("and", builder.compare("GE", place, number(-1)), builder.compare("LE", place, number(size)));
  return { position: clamp(builder, place, 0, size - 1), isInside };
}

/** Without the attribute, before opset 16, regions are not moved by half a pixel. */
function isHalfPixel(context: EmitContext): boolean {
  return context.string("coordinate_transformation_mode", context.opset < 16 ? "output_half_pixel" : "half_pixel") === "half_pixel";
}

function emitRoiAlign(context: EmitContext): DataValue[] {
  const { builder } = context;
  const input = context.data(0);
  const x = builder.convert(input, "f32");
  const samples = context.int("sampling_ratio", 0);
  if (samples <= 0) throw context.unsupported("attribute \"sampling_ratio\" is 0: how many samples there are depends on data");
  const [, channels = 0, height = 0, width = 0] = x.dims;
  const [rows, columns] = [context.int("output_height", 1), context.int("output_width", 1)];
  const rois = builder.convert(context.data(1), "f32");
  const regions = rois.dims[0] ?? 0;
  const corner = (i: number): DataValue => builder.reshape(builder.sliceAxis(rois, 1, i, i + 1), [regions]);
  const y = placeSamples(context, [corner(1), corner(3)], { count: rows, samples, size: height });
  const across = placeSamples(context, [corner(0), corner(2)], { count: columns, samples, size: width });
  // Each row of samples meets each column of them.
  const grid = [regions, rows * samples, columns * samples];
  const points = countElements(grid.slice(1));
  const spread = (value: DataValue, axis: number): DataValue =>
    builder.reshape(builder.broadcast(value, grid, [0, axis]), [regions, points]);
  const neighbours = [spread(y.position, 1), spread(across.position, 2)].map((position) => findLinear(builder, position));
  const image = { x, rows: builder.convert(context.data(2), "i64") };
  const isInside = builder.binary("and", spread(y.isInside, 1), spread(across.isInside, 2));
  const seen = builder.reshape(isInside, [regions, points, 1]);
  const corners = weighPixels(builder, image, neighbours, "border").map((x) => builder.select(seen, x, builder.scalar("f32", 0)));
  const pooled = pool(context, corners, { dims: [regions, rows, samples, columns, samples, channels] });
  return [builder.convert(builder.transpose(pooled, [0, 3, 1, 2]), input.type)];
}

/** [regions, rows, columns, channels]; the largest is one of the weighed neighbours, not of what they add up to. */
function pool(context: EmitContext, corners: readonly DataValue[], { dims }: { dims: readonly number[] }): DataValue {
  const { builder } = context;
  const mode = context.string("mode", "avg");
  if (mode !== "avg" && mode !== "max") throw context.unsupported(`mode "${mode}" is not known`);
  if (mode === "max") {
    const most = corners.reduce((a, b) => builder.binary("maximum", a, b));
    return builder.reduce("maximum", builder.reshape(most, dims), builder.scalar("f32", -Infinity), [2, 4]);
  }
  const sum = builder.reduce("add", builder.reshape(addAll(builder, corners), dims), builder.scalar("f32", 0), [2, 4]);
  return builder.combine("divide", sum, builder.scalar("f32", (dims[2] ?? 1) * (dims[4] ?? 1)));
}

export const ROI_ALIGN: readonly Operator[] = [{ op: "RoiAlign", since: 10, emit: emitRoiAlign }];
