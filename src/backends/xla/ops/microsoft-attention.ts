// Attention and MultiHeadAttention of com.microsoft: what ONNX Runtime's optimizer makes of the attention of a
// transformer. Cached positions in buffers that are shared are refused.
import type { EmitContext } from "../convert/emit-context.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";
import {
  emitProbabilities, emitScores, emitSoftcap, emitWeighted, joinHeads, resolveScoreType, splitHeads,
} from "./attention-core.ts";
import { applyMasks, findFrontier, findInside } from "./attention-mask.ts";
import { emitMatMul } from "./matmul.ts";

const domain = "com.microsoft";

/** [batch, heads, positions, size] each. */
export interface Heads {
  q: DataValue;
  k: DataValue;
  v: DataValue;
}

/** The heads side by side: [batch, positions, columns]. */
export function attend(context: EmitContext, { q, k, v }: Heads, masks: readonly (DataValue | undefined)[]): DataValue {
  const { builder } = context;
  // 0 stands for the default.
  const scale = context.float("scale", 0) || 1 / Math.sqrt(q.dims[3] ?? 1);
  const scores = emitScores(builder, [q, k], { scale, type: resolveScoreType(q.type) });
  const capped = emitSoftcap(builder, scores, context.float("softcap", 0));
  const given = masks.filter((mask) => mask !== undefined);
  const probabilities = emitProbabilities(builder, applyMasks(builder, capped, given), { hasMask: given.length > 0 });
  return joinHeads(builder, emitWeighted(builder, probabilities, v));
}

/** Refuses inputs that a node may have and that are none of ours. */
export function checkAbsent(context: EmitContext, inputs: Readonly<Record<string, number>>): void {
  for (const [name, index] of Object.entries(inputs)) {
    if (context.has(index)) throw context.unsupported(`input "${name}" is not known`);
  }
}

/** What padding adds to the scores: a large number that is taken off, as ONNX Runtime has it, and not infinity. */
function readPadding(context: EmitContext, index: number, keys: number): DataValue | undefined {
  const mask = context.findData(index);
  if (mask === undefined) return undefined;
  const { builder } = context;
  const isSeen = findSeen(context, mask, keys);
  return builder.select(isSeen, builder.scalar("f32", 0), builder.scalar("f32", context.float("mask_filter_value", -10_000)));
}

/** From 0 and 1 for each key, of each query or for all; or from lengths; or from ends and starts. */
function findSeen(context: EmitContext, mask: DataValue, keys: number): DataValue {
  const { builder } = context;
  const [first = 0, ...rest] = mask.dims;
  const isSet = (): DataValue => builder.compare("GT", mask, builder.scalar(mask.type, 0));
  if (rest.length === 1) return builder.reshape(isSet(), [first, 1, 1, ...rest]);
  if (rest.length === 2) return builder.reshape(isSet(), [first, 1, ...rest]);
  const batch = context.dims(0)[0] ?? 0;
  if (rest.length === 0 && first === batch) return findInside(builder, mask, keys);
  if (rest.length !== 0 || first !== 2 * batch) throw context.unsupported(`found a mask of shape [${mask.dims.join(", ")}]`);
  const [ends, starts] = [builder.sliceAxis(mask, 0, 0, batch), builder.sliceAxis(mask, 0, batch, first)];
  return builder.binary("and", findInside(builder, ends, keys), builder.unary("not", findInside(builder, starts, keys)));
}

function findCausal(context: EmitContext, { q, k }: Heads): DataValue | undefined {
  if (context.int("unidirectional", 0) !== 1) return undefined;
  const [queries, keys] = [q.dims[2] ?? 0, k.dims[2] ?? 0];
  return findFrontier(context.builder, { dims: [queries, keys], offset: keys - queries, left: -1, right: 0 });
}

/** One product for Q, K and V. The cache holds K and V in one tensor. */
function emitAttention(context: EmitContext): DataValue[] {
  const { builder } = context;
  checkAbsent(context, { past_sequence_length: 6 });
  if (context.int("do_rotary", 0) === 1) throw context.unsupported("attribute \"do_rotary\" is not known");
  const heads = context.int("num_heads");
  const product = emitMatMul(builder, context.data(0), context.data(1));
  const bias = context.findData(2);
  const all = bias === undefined ? product : builder.combine("add", product, bias);
  const third = (all.dims[2] ?? 0) / 3;
  const widths = context.ints("qkv_hidden_sizes", [third, third, third]);
  const [q, k, v] = splitColumns(builder, all, widths).map((part) => splitHeads(builder, part, heads));
  if (!q || !k || !v) throw context.unsupported("attribute \"qkv_hidden_sizes\" has no three numbers");
  const past = context.findData(4);
  const grown = past === undefined ? { q, k, v } : { q, k: growPast(builder, past, 0, k), v: growPast(builder, past, 1, v) };
  const masks = [readPadding(context, 3, grown.k.dims[2] ?? 0), findCausal(context, grown), context.findData(5)];
  const y = attend(context, grown, masks);
  if (!context.wants(1)) return [y];
  const halves = [grown.k, grown.v].map((x) => builder.reshape(x, [1, ...x.dims]));
  return [y, builder.concatenate(halves, 0)];
}

/** Parts of the last dimension. */
export function splitColumns(builder: ModuleBuilder, x: DataValue, widths: readonly number[]): DataValue[] {
  let start = 0;
  return widths.map((width) => {
    start += width;
    return builder.sliceAxis(x, x.dims.length - 1, start - width, start);
  });
}

function growPast(builder: ModuleBuilder, past: DataValue, index: number, x: DataValue): DataValue {
  const part = builder.reshape(builder.sliceAxis(past, 0, index, index + 1), past.dims.slice(1));
  return builder.concatenate([part, x], 2);
}

/** Q, K and V apart, or packed by head in one tensor of five dimensions; K and V may come by head already. */
function emitMultiHeadAttention(context: EmitContext): DataValue[] {
  const { builder } = context;
  checkAbsent(context, { past_sequence_length: 8, cache_indirection: 9 });
  if (context.wants(3)) throw context.unsupported("output \"qk\" is not known");
  const { q, k, v } = readHeads(context);
  const [pastKey, pastValue] = [context.findData(6), context.findData(7)];
  const grow = (past: DataValue | undefined, x: DataValue): DataValue => (past === undefined ? x : builder.concatenate([past, x], 2));
  const grown = { q, k: grow(pastKey, k), v: grow(pastValue, v) };
  const masks = [readPadding(context, 4, grown.k.dims[2] ?? 0), findCausal(context, grown), context.findData(5)];
  return [attend(context, grown, masks), grown.k, grown.v];
}

function readHeads(context: EmitContext): Heads {
  const { builder } = context;
  const heads = context.int("num_heads");
  const query = context.data(0);
  const bias = context.findData(3);
  const packed = query.dims.length === 5 ? unpack(builder, query) : undefined;
  const [q, k, v] = packed ?? [query, ...(context.has(2) ? [context.data(1), context.data(2)] : unpack(builder, context.data(1)))];
  if (q === undefined || k === undefined || v === undefined) throw context.unsupported("found no keys and values");
  const widths = [q, k, v].map(({ dims }) => (dims.length === 3 ? (dims[2] ?? 0) : heads * (dims[3] ?? 0)));
  const parts = bias === undefined ? [] : splitColumns(builder, bias, widths);
  const ready = [q, k, v].map((x, i) => {
    // What comes by head is a cache, which has its bias already.
    if (x.dims.length === 4) return x;
    const part = parts[i];
    return splitHeads(builder, part === undefined ? x : builder.combine("add", x, part), heads);
  });
  return { q: ready[0] ?? q, k: ready[1] ?? k, v: ready[2] ?? v };
}

/** [batch, positions, heads, parts, size] to parts of [batch, positions, heads * size]. */
function unpack(builder: ModuleBuilder, x: DataValue): DataValue[] {
  const [batch = 0, positions = 0, heads = 0, parts = 0, size = 0] = x.dims;
  return Array.from({ length: parts }, (_, i) => builder.reshape(builder.sliceAxis(x, 3, i, i + 1), [batch, positions, heads * size]));
}

export const MICROSOFT_ATTENTION: readonly Operator[] = [
  { op: "Attention", domain, since: 1, emit: emitAttention },
  { op: "MultiHeadAttention", domain, since: 1, emit: emitMultiHeadAttention },
];
