// Attention of the ONNX standard, and FlexAttention, whose scores and probabilities go through graphs of the node's own.
import { findDataType } from "../convert/data-type.ts";
import type { DataType } from "../convert/data-type.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import type { Operator } from "../convert/operator.ts";
import { isTensor } from "../convert/value.ts";
import type { DataValue } from "../convert/value.ts";
import {
  emitProbabilities, emitScores, emitSoftcap, emitWeighted, joinHeads, resolveScoreType, splitHeads,
} from "./attention-core.ts";
import { applyMasks, extendMask, findFrontier, findInside } from "./attention-mask.ts";
import { castValue } from "./cast.ts";

/** Inputs as the standard numbers them. */
const [QUERY, KEY, VALUE, MASK, PAST_KEY, PAST_VALUE, LENGTHS] = [0, 1, 2, 3, 4, 5, 6];

function readHeads(context: EmitContext, index: number, attribute: string): DataValue {
  const x = context.data(index);
  return x.dims.length === 3 ? splitHeads(context.builder, x, context.int(attribute)) : x;
}

/** What is cached, with the new positions behind it. */
function extendPast(context: EmitContext, index: number, x: DataValue): DataValue {
  const past = context.findData(index);
  return past === undefined ? x : context.builder.concatenate([past, x], 2);
}

function readMasks(context: EmitContext, queries: number, keys: number): DataValue[] {
  const { builder } = context;
  const mask = context.findData(MASK);
  const lengths = context.findData(LENGTHS);
  const frontier = { dims: [queries, keys] as const, offset: resolveOffset(context, queries) };
  const [left, right] = [context.int("left_window_size", -1), context.int("right_window_size", -1)];
  const isCausal = context.int("is_causal", 0) === 1;
  return [
    mask && extendMask(builder, mask, keys),
    findFrontier(builder, { ...frontier, left, right: isCausal ? 0 : right }),
    lengths && findInside(builder, lengths, keys),
  ].filter((value) => value !== undefined);
}

/** Keys that come before the first query: what is cached inside of the node, or outside of it. */
function resolveOffset(context: EmitContext, queries: number): number | DataValue {
  const { builder } = context;
  if (context.has(PAST_KEY)) return context.dims(PAST_KEY)[2] ?? 0;
  const lengths = context.findData(LENGTHS);
  return lengths === undefined ? 0 : builder.combine("subtract", lengths, builder.scalar(lengths.type, queries));
}

function emitAttention(context: EmitContext): DataValue[] {
  const { builder } = context;
  const q = readHeads(context, QUERY, "q_num_heads");
  const k = extendPast(context, PAST_KEY, readHeads(context, KEY, "kv_num_heads"));
  const v = extendPast(context, PAST_VALUE, readHeads(context, VALUE, "kv_num_heads"));
  const [queries, keys, size] = [q.dims[2] ?? 0, k.dims[2] ?? 0, q.dims[3] ?? 1];
  const scale = context.float("scale", 1 / Math.sqrt(size));
  const raw = emitScores(builder, [q, k], { scale, type: resolveScoreType(q.type) });
  const capped = emitSoftcap(builder, raw, context.float("softcap", 0));
  const masks = readMasks(context, queries, keys);
  const masked = applyMasks(builder, capped, masks);
  const exact = builder.convert(masked, resolveSoftmaxType(context, masked.type));
  const probabilities = builder.convert(emitProbabilities(builder, exact, { hasMask: masks.length > 0 }), masked.type);
  const y = emitWeighted(builder, probabilities, v);
  const mode = context.int("qk_matmul_output_mode", 0);
  const shown = [raw, capped, masked, probabilities][mode];
  if (shown === undefined) throw context.unsupported(`qk_matmul_output_mode ${mode} is not known`);
  return [context.dims(QUERY).length === 3 ? joinHeads(builder, y) : y, k, v, builder.convert(shown, q.type)];
}

/** Never less than the scores have: what is asked for in a small float is made in float32. */
function resolveSoftmaxType(context: EmitContext, type: DataType): DataType {
  return findDataType(context.int("softmax_precision", 0)) === "f64" ? "f64" : type;
}

function emitFlexAttention(context: EmitContext): DataValue[] {
  const { builder } = context;
  const [q, k, v] = [context.data(QUERY), context.data(KEY), context.data(VALUE)];
  const scale = context.float("scale", 1 / Math.sqrt(q.dims[3] ?? 1));
  const type = findDataType(context.int("softmax_precision", 0)) ?? resolveScoreType(q.type);
  const scores = modify(context, "score_mod", emitScores(builder, [q, k], { scale, type }));
  const wide = castValue(builder, scores, resolveScoreType(type));
  const probabilities = castValue(builder, emitProbabilities(builder, wide, { hasMask: false }), type);
  return [emitWeighted(builder, modify(context, "prob_mod", probabilities), v)];
}

function modify(context: EmitContext, name: string, x: DataValue): DataValue {
  const graph = context.findAttribute(name, "graph");
  if (graph === undefined) return x;
  const [result] = context.emitGraph(graph, [x]);
  if (!isTensor(result)) throw context.unsupported(`graph "${name}" gives no tensor`);
  return context.materialize(result);
}

export const ATTENTION: readonly Operator[] = [
  { op: "Attention", since: 23, emit: emitAttention },
  { op: "FlexAttention", domain: "ai.onnx.preview", since: 1, emit: emitFlexAttention },
];
