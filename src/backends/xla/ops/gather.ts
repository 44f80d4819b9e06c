// Elements picked by position: Gather, GatherElements, GatherND.
import { countElements } from "../convert/data-type.ts";
import { resolveAxis } from "../convert/dims.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import { gather, take } from "../convert/indexing.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import { pickElements } from "../convert/host-moves.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue, HostValue } from "../convert/value.ts";

/** Positions that count from the end when negative, as such from the front. `length` is a number or one a last coordinate. */
export function wrapIndices(builder: ModuleBuilder, indices: DataValue, length: number | DataValue): DataValue {
  if (indices.type.startsWith("u")) return indices;
  const size = typeof length === "number" ? builder.scalar(indices.type, length) : length;
  const isNegative = builder.compare("LT", indices, builder.scalar(indices.type, 0));
  return builder.select(isNegative, builder.combine("add", indices, size), indices);
}

function emitGather(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const axis = resolveAxis(context.int("axis", 0), x.dims.length);
  // Known positions need no look at their sign.
  if (context.findHost(1) !== undefined) {
    const wrapped = context.hostInts(1).map((index) => (index < 0 ? index + (x.dims[axis] ?? 0) : index));
    const [only] = wrapped;
    if (wrapped.length === 1 && only !== undefined) {
      const part = builder.sliceAxis(x, axis, only, only + 1);
      return [builder.reshape(part, [...x.dims.slice(0, axis), ...context.dims(1), ...x.dims.slice(axis + 1)])];
    }
  }
  return [take(builder, x, wrapIndices(builder, context.data(1), x.dims[axis] ?? 0), axis)];
}

function foldGather(context: EmitContext): HostValue[] | undefined {
  const value = context.host(0);
  const axis = resolveAxis(context.int("axis", 0), value.dims.length);
  const length = value.dims[axis] ?? 0;
  const indices = context.hostInts(1).map((index) => (index < 0 ? index + length : index));
  const dims = [...value.dims.slice(0, axis), ...context.dims(1), ...value.dims.slice(axis + 1)];
  if (!context.fits(dims) || value.type === "string") return undefined;
  const wrong = indices.find((index) => index < 0 || index >= length);
  if (wrong !== undefined) throw context.unsupported(`found position ${wrong} in a dimension of ${length}`);
  const inner = countElements(value.dims.slice(axis + 1));
  return [pickElements(value, dims, (i) => {
    const [row, rest] = [Math.floor(i / inner), i % inner];
    return (Math.floor(row / indices.length) * length + (indices[row % indices.length] ?? 0)) * inner + rest;
  })];
}

/** Each index picks along the axis, at its own place in the other dimensions. */
function emitGatherElements(context: EmitContext): DataValue[] {
  const { builder } = context;
  const [x, indices] = [context.data(0), context.data(1)];
  const axis = resolveAxis(context.int("axis", 0), x.dims.length);
  const wrapped = wrapIndices(builder, indices, x.dims[axis] ?? 0);
  const coordinates = createCoordinates(builder, wrapped, axis);
  return [gather(builder, x, coordinates, {
    offsetDims: [], collapsedSliceDims: x.dims.map((_, i) => i), startIndexMap: x.dims.map((_, i) => i),
    indexVectorDim: indices.dims.length, sliceSizes: x.dims.map(() => 1),
  })];
}

/** Of each element of `indices` its own place, with the element itself along `axis`: [… dims of indices, rank]. */
export function createCoordinates(builder: ModuleBuilder, indices: DataValue, axis: number): DataValue {
  const column = [...indices.dims, 1];
  return builder.concatenate(indices.dims.map((_, i) => {
    return i === axis ? builder.reshape(indices, column) : builder.reshape(builder.iota(indices.type, indices.dims, i), column);
  }), indices.dims.length);
}

/** The last dimension of the indices holds coordinates of the first dimensions behind `batch_dims`. */
function emitGatherNd(context: EmitContext): DataValue[] {
  const { builder } = context;
  const [x, indices] = [context.data(0), context.data(1)];
  const batch = context.int("batch_dims", 0);
  const depth = indices.dims.at(-1) ?? 0;
  const sizes = builder.constant("i64", [depth], new Uint8Array(BigInt64Array.from(x.dims.slice(batch, batch + depth), BigInt).buffer));
  const wrapped = wrapIndices(builder, indices, builder.convert(sizes, indices.type));
  const rank = indices.dims.length - 1;
  const prefix = Array.from({ length: batch }, (_, i) => builder.reshape(builder.iota(indices.type, indices.dims.slice(0, -1), i), [...indices.dims.slice(0, -1), 1]));
  const coordinates = builder.concatenate([...prefix, wrapped], rank);
  const picked = Array.from({ length: batch + depth }, (_, i) => i);
  const rest = x.dims.slice(batch + depth);
  return [gather(builder, x, coordinates, {
    offsetDims: rest.map((_, i) => rank + i), collapsedSliceDims: picked, startIndexMap: picked, indexVectorDim: rank,
    sliceSizes: x.dims.map((dim, i) => (i < batch + depth ? 1 : dim)),
  })];
}

export const GATHER: readonly Operator[] = [
  { op: "Gather", since: 1, emit: emitGather, fold: foldGather },
  { op: "GatherElements", since: 11, emit: emitGatherElements },
  { op: "GatherND", since: 11, emit: emitGatherNd },
];
