// LinearAttention: attention as a matrix of state that each position changes and reads; and CausalConvWithState, the short
// convolution in front of it. Both hand on what the next call needs.
import { whileLoop } from "../convert/control.ts";
import { dot } from "../convert/dot.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import { dynamicSlice, dynamicUpdateSlice } from "../convert/indexing.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";
import { convolve } from "../convert/windows.ts";
import { addChannels } from "./convolution.ts";
import { splitHeads, joinHeads } from "./attention-core.ts";

/** [batch, heads, positions, …] each; decay and beta may have one column or one head for all. */
interface Sequences {
  q: DataValue;
  k: DataValue;
  v: DataValue;
  decay: DataValue | undefined;
  beta: DataValue | undefined;
}

type Step = { [K in keyof Sequences]: Sequences[K] };

const RULES: Readonly<Record<string, { hasDecay: boolean; hasBeta: boolean }>> = {
  linear: { hasDecay: false, hasBeta: false }, gated: { hasDecay: true, hasBeta: false },
  delta: { hasDecay: false, hasBeta: true }, gated_delta: { hasDecay: true, hasBeta: true },
};

function readSequences(context: EmitContext): Sequences {
  const { builder } = context;
  const name = context.string("update_rule", "gated_delta");
  const rule = RULES[name];
  if (rule === undefined) throw context.unsupported(`update rule "${name}" is not known`);
  const [queryHeads, heads] = [context.int("q_num_heads"), context.int("kv_num_heads")];
  const read = (index: number, count: number): DataValue => splitHeads(builder, builder.convert(context.data(index), "f32"), count);
  return {
    q: read(0, queryHeads), k: read(1, heads), v: read(2, heads),
    decay: rule.hasDecay ? read(4, heads) : undefined,
    beta: rule.hasBeta ? read(5, Math.min(heads, context.dims(5)[2] ?? 1)) : undefined,
  };
}

/** Positions one after another in float32, as the specification writes them down. */
function emitLinearAttention(context: EmitContext): DataValue[] {
  const { builder } = context;
  const sequences = readSequences(context);
  const { q, k, v } = sequences;
  const [batch = 0, heads = 0, positions = 0, keySize = 0] = k.dims;
  const past = context.findData(3);
  const dims = [batch, heads, keySize, v.dims[3] ?? 0];
  const state = past === undefined ? builder.splat("f32", dims, 0) : builder.convert(past, "f32");
  const outputs = builder.splat("f32", [batch, q.dims[1] ?? 0, positions, v.dims[3] ?? 0], 0);
  const [, last = state, all = outputs] = whileLoop(builder, [builder.scalar("i64", 0), state, outputs], {
    condition: ([i]) => builder.compare("LT", i ?? fail(), builder.scalar("i64", positions)),
    body: ([i = fail(), before = fail(), written = fail()]) => {
      const step = takeStep(builder, sequences, i);
      const after = changeState(builder, before, step);
      const zero = builder.scalar("i64", 0);
      const more = dynamicUpdateSlice(builder, written, readState(builder, after, step.q), [zero, zero, i, zero]);
      return [builder.binary("add", i, builder.scalar("i64", 1)), after, more];
    },
  });
  const scale = context.float("scale", 0) || 1 / Math.sqrt(keySize);
  const scaled = builder.combine("multiply", all, builder.scalar("f32", scale));
  const stateType = context.type(past === undefined ? 0 : 3);
  return [builder.convert(joinHeads(builder, scaled), context.type(0)), builder.convert(last, stateType)];
}

function takeStep(builder: ModuleBuilder, { q, k, v, decay, beta }: Sequences, i: DataValue): Step {
  const zero = builder.scalar("i64", 0);
  const take = (x: DataValue): DataValue => dynamicSlice(builder, x, [zero, zero, i, zero], x.dims.with(2, 1));
  return { q: take(q), k: take(k), v: take(v), decay: decay && take(decay), beta: beta && take(beta) };
}

/** S = exp(g) S + k ⊗ v', with v' = beta (v - k S) where there is a beta. Each of the step is [batch, heads, 1, …]. */
function changeState(builder: ModuleBuilder, state: DataValue, { k, v, decay, beta }: Step): DataValue {
  const column = (x: DataValue): DataValue => builder.transpose(x, [0, 1, 3, 2]);
  const kept = decay === undefined ? state : builder.combine("multiply", state, builder.unary("exponential", column(decay)));
  const found = (): DataValue => dot(builder, k, kept, { batching: [[0, 1], [0, 1]], contracting: [[3], [2]] });
  const value = beta === undefined ? v : builder.combine("multiply", builder.binary("subtract", v, found()), beta);
  return builder.binary("add", kept, builder.combine("multiply", column(k), value));
}

/** q S: query heads of one group read the same state. */
function readState(builder: ModuleBuilder, state: DataValue, q: DataValue): DataValue {
  const [batch = 0, queryHeads = 0, , size = 0] = q.dims;
  const heads = state.dims[1] ?? 1;
  const rows = builder.reshape(q, [batch, heads, queryHeads / heads, size]);
  const read = dot(builder, rows, state, { batching: [[0, 1], [0, 1]], contracting: [[3], [2]] });
  return builder.reshape(read, [batch, queryHeads, 1, state.dims[3] ?? 0]);
}

function fail(): never {
  throw new RangeError("found a loop without its state");
}

/** A convolution of each channel over what came before; the second output is its last `k - 1` inputs. */
function emitCausalConv(context: EmitContext): DataValue[] {
  const { builder } = context;
  const [x, weight, bias, past] = [context.data(0), context.data(1), context.findData(2), context.findData(3)];
  const [batch = 0, channels = 0] = x.dims;
  const before = (weight.dims[2] ?? 1) - 1;
  const padded = builder.concatenate([past ?? builder.splat(x.type, [batch, channels, before], 0), x], 2);
  const sum = convolve(builder, padded, weight, { strides: [1], pads: [[0, 0]], groups: channels });
  const y = bias === undefined ? sum : addChannels(builder, sum, bias);
  const length = padded.dims[2] ?? 0;
  return [activate(context, y), builder.sliceAxis(padded, 2, length - before, length)];
}

function activate(context: EmitContext, x: DataValue): DataValue {
  const { builder } = context;
  const name = context.string("activation", "none");
  if (name === "none") return x;
  if (name !== "silu" && name !== "swish") throw context.unsupported(`activation "${name}" is not known`);
  const wide = builder.convert(x, "f32");
  return builder.convert(builder.binary("multiply", wide, builder.unary("logistic", wide)), x.type);
}

export const LINEAR_ATTENTION: readonly Operator[] = [
  { op: "LinearAttention", since: 27, emit: emitLinearAttention },
  { op: "CausalConvWithState", since: 27, emit: emitCausalConv },
];
