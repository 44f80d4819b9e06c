// Where the windows of convolutions and poolings lie: attributes of a node to pads, strides and dilations.
import type { EmitContext } from "../convert/emit-context.ts";
import { dilate } from "../convert/windows.ts";

/** One number a spatial dimension. */
export interface WindowGeometry {
  sizes: readonly number[];
  strides: readonly number[];
  dilations: readonly number[];
  pads: readonly (readonly [number, number])[];
  /** What a last window that `ceil_mode` asks for needs behind the pads. */
  excess: readonly number[];
}

/** `spatial` are the dims that windows slide over, `sizes` those of a window. */
export function readGeometry(context: EmitContext, spatial: readonly number[], sizes: readonly number[]): WindowGeometry {
  const ones = sizes.map(() => 1);
  const strides = context.ints("strides", ones);
  const dilations = context.ints("dilations", ones);
  const spans = sizes.map((size, i) => dilate(size, dilations[i] ?? 1));
  const pads = resolvePads(context, { spatial, spans, strides });
  const isCeil = context.int("ceil_mode", 0) === 1;
  const excess = spatial.map((length, i) => {
    const [low, high] = pads[i] ?? [0, 0];
    return isCeil ? findExcess({ length, low, high, span: spans[i] ?? 1, stride: strides[i] ?? 1 }) : 0;
  });
  return { sizes, strides, dilations, pads, excess };
}

interface PadFacts {
  spatial: readonly number[];
  spans: readonly number[];
  strides: readonly number[];
}

function resolvePads(context: EmitContext, { spatial, spans, strides }: PadFacts): [number, number][] {
  const mode = context.string("auto_pad", "NOTSET");
  if (mode === "VALID") return spatial.map(() => [0, 0]);
  if (mode === "NOTSET") {
    const pads = context.ints("pads", spatial.flatMap(() => [0, 0]));
    return spatial.map((_, i) => [pads[i] ?? 0, pads[i + spatial.length] ?? 0]);
  }
  return spatial.map((length, i) => {
    const stride = strides[i] ?? 1;
    const total = Math.max(0, (Math.ceil(length / stride) - 1) * stride + (spans[i] ?? 1) - length);
    return splitPads(total, mode === "SAME_UPPER");
  });
}

/** An odd one goes to the end for "SAME_UPPER", to the beginning otherwise. */
export function splitPads(total: number, isUpper: boolean): [number, number] {
  const half = Math.floor(total / 2);
  return isUpper ? [half, total - half] : [total - half, half];
}

interface CeilFacts {
  length: number;
  low: number;
  high: number;
  span: number;
  stride: number;
}

/** A last window counts only when it begins inside of the input or of the pads before it. */
function findExcess({ length, low, high, span, stride }: CeilFacts): number {
  const room = length + low + high - span;
  const count = Math.ceil(room / stride);
  return count * stride >= length + low ? 0 : Math.max(0, count * stride - room);
}
