// Slice: a part of each dimension, with steps, backwards too.
import { resolveAxis, resolveStrides } from "../convert/dims.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import { walkElements } from "../convert/host-moves.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue, HostValue } from "../convert/value.ts";

interface Range {
  start: number;
  count: number;
  step: number;
}

/** One range a dimension. Positions count from the end when negative and are moved inside, as numpy does. */
function resolveRanges(context: EmitContext): Range[] {
  const dims = context.dims(0);
  const starts = context.findInts(1, "starts") ?? [];
  const ends = context.findInts(2, "ends") ?? [];
  const axes = context.findInts(3, "axes")?.map((axis) => resolveAxis(axis, dims.length)) ?? starts.map((_, i) => i);
  const steps = context.has(4) ? context.hostInts(4) : starts.map(() => 1);
  return dims.map((dim, axis) => {
    const i = axes.indexOf(axis);
    return i < 0 ? { start: 0, count: dim, step: 1 } : resolveRange(dim, [starts[i] ?? 0, ends[i] ?? 0, steps[i] ?? 1]);
  });
}

function resolveRange(dim: number, [start, end, step]: readonly [number, number, number]): Range {
  const clamp = (at: number): number => {
    const index = at < 0 ? at + dim : at;
    return step > 0 ? Math.min(Math.max(index, 0), dim) : Math.min(Math.max(index, -1), dim - 1);
  };
  const [from, to] = [clamp(start), clamp(end)];
  return { start: from, count: Math.max(0, Math.ceil((to - from) / step)), step };
}

function emitSlice(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const ranges = resolveRanges(context);
  const backwards = ranges.flatMap(({ step }, axis) => (step < 0 ? [axis] : []));
  const turned = backwards.length === 0 ? x : builder.reverse(x, backwards);
  const starts = ranges.map(({ start, step }, axis) => (step < 0 ? (x.dims[axis] ?? 0) - 1 - start : start));
  const limits = ranges.map(({ count, step }, axis) => {
    return count === 0 ? (starts[axis] ?? 0) : (starts[axis] ?? 0) + (count - 1) * Math.abs(step) + 1;
  });
  return [builder.slice(turned, starts, limits, ranges.map(({ step }) => Math.abs(step)))];
}

function foldSlice(context: EmitContext): HostValue[] | undefined {
  const value = context.host(0);
  const ranges = resolveRanges(context);
  const dims = ranges.map(({ count }) => count);
  if (!context.fits(dims)) return undefined;
  const strides = resolveStrides(value.dims);
  const offset = ranges.reduce((sum, { start }, axis) => sum + start * (strides[axis] ?? 0), 0);
  return [walkElements(value, dims, { strides: ranges.map(({ step }, axis) => step * (strides[axis] ?? 0)), offset })];
}

export const SLICE: readonly Operator[] = [{ op: "Slice", since: 1, emit: emitSlice, fold: foldSlice }];
