// Tensors put together and cut apart along one dimension: Concat, Split.
import { countElements, elementBytes } from "../convert/data-type.ts";
import { resolveAxis } from "../convert/dims.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import { walkElements } from "../convert/host-moves.ts";
import { resolveStrides } from "../convert/dims.ts";
import type { Operator } from "../convert/operator.ts";
import { createHost } from "../convert/value.ts";
import type { DataValue, HostValue } from "../convert/value.ts";

function foldConcat(context: EmitContext): HostValue[] | undefined {
  const values = Array.from({ length: context.inputCount }, (_, i) => context.host(i));
  const [first] = values;
  if (first === undefined || first.type === "string") return undefined;
  const axis = resolveAxis(context.int("axis"), first.dims.length);
  const length = values.reduce((sum, { dims }) => sum + (dims[axis] ?? 0), 0);
  const dims = first.dims.map((dim, i) => (i === axis ? length : dim));
  if (!context.fits(dims)) return undefined;
  const rows = countElements(dims.slice(0, axis));
  const size = elementBytes(first.type);
  const parts = Array.from({ length: rows }, (_, row) => values.map((value) => {
    const step = countElements(value.dims.slice(axis)) * size;
    return value.bytes.subarray(row * step, (row + 1) * step);
  }));
  return [createHost(first.type, dims, Buffer.concat(parts.flat()))];
}

/** Lengths from the input, the attribute (before opset 13), or equal parts, the last one smaller where they do not fit. */
export function resolveParts(context: EmitContext, length: number): number[] {
  const given = context.findInts(1, "split");
  if (given !== undefined) return given;
  const count = context.int("num_outputs", context.node.outputs.length);
  const size = Math.ceil(length / count);
  return Array.from({ length: count }, (_, i) => Math.max(0, Math.min(size, length - i * size)));
}

function splitWith<T>(context: EmitContext, cut: (axis: number, start: number, limit: number) => T): T[] {
  const dims = context.dims(0);
  const axis = resolveAxis(context.int("axis", 0), dims.length);
  let start = 0;
  return resolveParts(context, dims[axis] ?? 0).map((size) => {
    start += size;
    return cut(axis, start - size, start);
  });
}

function emitSplit(context: EmitContext): DataValue[] {
  const x = context.data(0);
  return splitWith(context, (axis, start, limit) => context.builder.sliceAxis(x, axis, start, limit));
}

function foldSplit(context: EmitContext): HostValue[] | undefined {
  const value = context.host(0);
  if (!context.fits(value.dims)) return undefined;
  const strides = resolveStrides(value.dims);
  return splitWith(context, (axis, start, limit) => {
    const dims = value.dims.map((dim, i) => (i === axis ? limit - start : dim));
    return walkElements(value, dims, { strides, offset: start * (strides[axis] ?? 1) });
  });
}

export const CONCATENATION: readonly Operator[] = [
  {
    op: "Concat", since: 4, fold: foldConcat,
    emit(context) {
      const values = context.allData();
      return [context.builder.concatenate(values, resolveAxis(context.int("axis"), values[0]?.dims.length ?? 0))];
    },
  },
  { op: "Split", since: 2, emit: emitSplit, fold: foldSplit },
];
