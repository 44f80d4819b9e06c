// Other dims for the same elements: Reshape, Flatten, Squeeze, Unsqueeze; and repetition of dims: Expand.
import { countElements } from "../convert/data-type.ts";
import { resolveAxis, resolveCommonDims } from "../convert/dims.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import { broadcastHost, reshapeHost } from "../convert/host-moves.ts";
import type { Operator } from "../convert/operator.ts";

/** A row whose result has the dims that `resolve` says, element for element. */
const row = (op: string, since: number, resolve: (context: EmitContext) => number[]): Operator => ({
  op, since,
  emit: (context) => [context.builder.reshape(context.data(0), resolve(context))],
  fold: (context) => [reshapeHost(context.host(0), resolve(context))],
});

/** 0 copies the dim of the input unless `allowzero`, one -1 takes what is left. */
function resolveReshape(context: EmitContext): number[] {
  const from = context.dims(0);
  const wanted = context.hostInts(1).map((dim, i) => (dim === 0 && context.int("allowzero", 0) === 0 ? (from[i] ?? 0) : dim));
  const known = countElements(wanted.filter((dim) => dim !== -1));
  const total = countElements(from);
  const dims = wanted.map((dim) => (dim === -1 ? (known === 0 ? 0 : total / known) : dim));
  if (countElements(dims) !== total || dims.some((dim) => !Number.isInteger(dim) || dim < 0)) {
    throw context.unsupported(`found ${total} elements, which do not fit [${wanted.join(", ")}]`);
  }
  return dims;
}

function resolveFlatten(context: EmitContext): number[] {
  const dims = context.dims(0);
  const axis = context.int("axis", 1);
  const at = axis < 0 ? axis + dims.length : axis;
  return [countElements(dims.slice(0, at)), countElements(dims.slice(at))];
}

function resolveSqueeze(context: EmitContext): number[] {
  const dims = context.dims(0);
  const axes = context.findInts(1, "axes")?.map((axis) => resolveAxis(axis, dims.length));
  const isGone = (dim: number, i: number): boolean => (axes === undefined ? dim === 1 : axes.includes(i));
  const wrong = dims.findIndex((dim, i) => isGone(dim, i) && dim !== 1);
  if (wrong >= 0) throw context.unsupported(`dimension ${wrong} is ${dims[wrong]}, need 1`);
  return dims.filter((dim, i) => !isGone(dim, i));
}

function resolveUnsqueeze(context: EmitContext): number[] {
  const dims = [...context.dims(0)];
  const axes = context.findInts(1, "axes") ?? [];
  const rank = dims.length + axes.length;
  const added = axes.map((axis) => resolveAxis(axis, rank));
  return Array.from({ length: rank }, (_, i) => (added.includes(i) ? 1 : (dims.shift() ?? 1)));
}

const resolveExpand = (context: EmitContext): number[] => resolveCommonDims([context.dims(0), context.hostInts(1)]);

export const RESHAPE: readonly Operator[] = [
  row("Reshape", 5, resolveReshape),
  row("Flatten", 1, resolveFlatten),
  row("Squeeze", 1, resolveSqueeze),
  row("Unsqueeze", 1, resolveUnsqueeze),
  {
    op: "Expand", since: 8,
    emit: (context) => [context.builder.broadcastTo(context.data(0), resolveExpand(context))],
    fold(context) {
      const dims = resolveExpand(context);
      return context.fits(dims) ? [broadcastHost(context.host(0), dims)] : undefined;
    },
  },
];
