// Elements put in place by position: ScatterElements, ScatterND, and TensorScatter, which fills a cache.
import { resolveAxis } from "../convert/dims.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import { scatter } from "../convert/indexing.ts";
import type { BinaryOp } from "../convert/operation-names.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";
import { createCoordinates, wrapIndices } from "./gather.ts";

const REDUCTIONS: Readonly<Record<string, BinaryOp>> = { add: "add", mul: "multiply", max: "maximum", min: "minimum" };

/** What becomes of an element that is there and one that is put over it. */
function readReduction(context: EmitContext): (current: DataValue, update: DataValue) => DataValue {
  const name = context.string("reduction", "none");
  if (name === "none") return (_, update) => update;
  const op = REDUCTIONS[name];
  if (op === undefined) throw context.unsupported(`reduction "${name}" is not known`);
  return (current, update) => context.builder.binary(op, current, update);
}

/** Single elements; `coordinates` are [… dims of updates, rank]. */
function placeElements(context: EmitContext, parts: readonly [DataValue, DataValue, DataValue]): DataValue {
  const axes = parts[0].dims.map((_, i) => i);
  return scatter(context.builder, parts, {
    updateWindowDims: [], insertedWindowDims: axes, scatterDimsToOperandDims: axes, indexVectorDim: parts[2].dims.length,
  }, readReduction(context));
}

function emitScatterElements(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const axis = resolveAxis(context.int("axis", 0), x.dims.length);
  const indices = wrapIndices(builder, context.data(1), x.dims[axis] ?? 0);
  return [placeElements(context, [x, createCoordinates(builder, indices, axis), context.data(2)])];
}

/** The last dimension of the indices holds coordinates of the first dimensions. */
function emitScatterNd(context: EmitContext): DataValue[] {
  const { builder } = context;
  const [x, indices, updates] = [context.data(0), context.data(1), context.data(2)];
  const depth = indices.dims.at(-1) ?? 0;
  const rank = indices.dims.length - 1;
  const sizes = builder.constant("i64", [depth], new Uint8Array(BigInt64Array.from(x.dims.slice(0, depth), BigInt).buffer));
  const wrapped = wrapIndices(builder, indices, builder.convert(sizes, indices.type));
  const picked = Array.from({ length: depth }, (_, i) => i);
  return [scatter(builder, [x, wrapped, updates], {
    updateWindowDims: updates.dims.map((_, i) => i).slice(rank), insertedWindowDims: picked,
    scatterDimsToOperandDims: picked, indexVectorDim: rank,
  }, readReduction(context))];
}

/** Writes an update behind what each text of a batch has in its cache; "circular" begins anew at its end. */
function emitTensorScatter(context: EmitContext): DataValue[] {
  const { builder } = context;
  const [cache, update] = [context.data(0), context.data(1)];
  const axis = resolveAxis(context.int("axis", -2), cache.dims.length);
  const starts = context.findData(2) ?? builder.splat("i64", [cache.dims[0] ?? 0], 0);
  const steps = builder.iota(starts.type, update.dims, axis);
  const places = builder.binary("add", steps, builder.broadcast(starts, update.dims, [0]));
  const length = builder.splat(places.type, places.dims, cache.dims[axis] ?? 0);
  const isCircular = context.string("mode", "linear") === "circular";
  const wrapped = isCircular ? builder.binary("remainder", places, length) : places;
  return [placeElements(context, [cache, createCoordinates(builder, wrapped, axis), update])];
}

export const SCATTER: readonly Operator[] = [
  { op: "Scatter", since: 9, emit: emitScatterElements },
  { op: "ScatterElements", since: 11, emit: emitScatterElements },
  { op: "ScatterND", since: 11, emit: emitScatterNd },
  { op: "TensorScatter", since: 24, emit: emitTensorScatter },
];
