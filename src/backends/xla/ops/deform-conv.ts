// DeformConv: a convolution whose kernel reads where offsets say.
import { countElements } from "../convert/data-type.ts";
import { dot } from "../convert/dot.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";
import { addChannels } from "./convolution.ts";
import { addAll, findLinear, weighPixels } from "./sampling.ts";

interface Kernel {
  sizes: readonly number[];
  strides: readonly number[];
  dilations: readonly number[];
  pads: readonly number[];
}

/** Where the kernel reads without offsets, along one dimension: [kernel elements, output positions]. */
function placeKernel(builder: ModuleBuilder, axis: number, { kernel, out }: { kernel: Kernel; out: readonly number[] }): DataValue {
  const grid = [...kernel.sizes, ...out];
  const scale = (x: DataValue, factor: number): DataValue => builder.binary("multiply", x, builder.splat("f32", grid, factor));
  const inKernel = scale(builder.iota("f32", grid, axis), kernel.dilations[axis] ?? 1);
  const inImage = scale(builder.iota("f32", grid, kernel.sizes.length + axis), kernel.strides[axis] ?? 1);
  const before = builder.splat("f32", grid, kernel.pads[axis] ?? 0);
  const place = builder.binary("subtract", builder.binary("add", inKernel, inImage), before);
  return builder.reshape(place, [countElements(kernel.sizes), countElements(out)]);
}

/** Images of a group of offsets count as images of their own: [batch * groups, channels / groups, …]. */
function emitDeformConv(context: EmitContext): DataValue[] {
  const { builder } = context;
  const input = context.data(0);
  const x = builder.convert(input, "f32");
  const weight = builder.convert(context.data(1), "f32");
  const offset = builder.convert(context.data(2), "f32");
  const [batch = 0, channels = 0, ...spatial] = x.dims;
  const sizes = weight.dims.slice(2);
  const out = offset.dims.slice(2);
  const ones = sizes.map(() => 1);
  const [strides, dilations] = [context.ints("strides", ones), context.ints("dilations", ones)];
  const kernel = { sizes, strides, dilations, pads: context.ints("pads", sizes.flatMap(() => [0, 0])) };
  const groups = context.int("offset_group", 1);
  const [taps, places] = [countElements(sizes), countElements(out)];
  const images = builder.reshape(x, [batch * groups, channels / groups, ...spatial]);
  const moves = builder.reshape(offset, [batch * groups, taps, sizes.length, places]);
  const positions = sizes.map((_, axis) => {
    const move = builder.reshape(builder.sliceAxis(moves, 2, axis, axis + 1), [batch * groups, taps, places]);
    return builder.reshape(builder.combine("add", move, placeKernel(builder, axis, { kernel, out })), [batch * groups, taps * places]);
  });
  const neighbours = positions.map((position) => findLinear(builder, position));
  const pixels = addAll(builder, weighPixels(builder, { x: images }, neighbours, "zeros"));
  const mask = context.findData(4);
  const masked = mask === undefined ? pixels
    : builder.combine("multiply", pixels, builder.reshape(builder.convert(mask, "f32"), [batch * groups, taps * places, 1]));
  const y = multiply(context, builder.reshape(builder.transpose(masked, [0, 2, 1]), [batch, channels, taps, places]), weight);
  const bias = context.findData(3);
  const shaped = builder.reshape(y, [batch, weight.dims[0] ?? 0, ...out]);
  return [builder.convert(bias === undefined ? shaped : addChannels(builder, shaped, builder.convert(bias, "f32")), input.type)];
}

/** What the kernel read, [batch, channels, taps, places], times the weights of its group: [batch, output channels, places]. */
function multiply(context: EmitContext, columns: DataValue, weight: DataValue): DataValue {
  const { builder } = context;
  const groups = context.int("group", 1);
  const [batch = 0, channels = 0, taps = 0, places = 0] = columns.dims;
  const outputs = weight.dims[0] ?? 0;
  const read = builder.reshape(columns, [batch, groups, (channels / groups) * taps, places]);
  const rows = builder.reshape(weight, [groups, outputs / groups, (channels / groups) * taps]);
  const product = dot(builder, rows, read, { batching: [[0], [1]], contracting: [[2], [2]] });
  return builder.reshape(builder.transpose(product, [2, 0, 1, 3]), [batch, outputs, places]);
}

export const DEFORM_CONV: readonly Operator[] = [{ op: "DeformConv", since: 19, emit: emitDeformConv }];
