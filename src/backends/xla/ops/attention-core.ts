// Scaled dot-product attention in its three steps: scores, probabilities, and the values that they weigh. Tensors are
// [batch, heads, positions, head size]; several query heads may share one head of keys and values.
import type { DataType } from "../convert/data-type.ts";
import { dot } from "../convert/dot.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { DataValue } from "../convert/value.ts";
import { reduceMax } from "./reduction.ts";

/** What scores and probabilities are computed in: small floats in float32. */
export const resolveScoreType = (type: DataType): DataType => (type === "f64" ? "f64" : "f32");

/** Query heads of one group behind each other, so that each meets its head of keys: [batch, kv heads, rows, size]. */
function group(builder: ModuleBuilder, x: DataValue, heads: number): DataValue {
  const [batch = 0, all = 0, positions = 0, size = 0] = x.dims;
  if (heads === 0 || all % heads !== 0) throw new RangeError(`found ${all} query heads for ${heads} heads of keys`);
  return builder.reshape(x, [batch, heads, (all / heads) * positions, size]);
}

/** scale * Q * K^T as `type`: [batch, query heads, positions, key positions]. */
export function emitScores(
  builder: ModuleBuilder, [q, k]: readonly [DataValue, DataValue], { scale, type }: { scale: number; type: DataType },
): DataValue {
  const [batch = 0, heads = 0, positions = 0] = q.dims;
  // Both sides are scaled, as the specification has it: the product of small floats stays in range.
  const root = (x: DataValue): DataValue => builder.combine("multiply", x, builder.scalar(x.type, Math.sqrt(scale)));
  const product = dot(builder, root(group(builder, q, k.dims[1] ?? 0)), root(k), {
    batching: [[0, 1], [0, 1]], contracting: [[3], [3]], type: resolveScoreType(q.type),
  });
  return builder.convert(builder.reshape(product, [batch, heads, positions, k.dims[2] ?? 0]), type);
}

/** cap * tanh(scores / cap): no score is above the cap. 0 is none. */
export function emitSoftcap(builder: ModuleBuilder, scores: DataValue, cap: number): DataValue {
  if (cap === 0) return scores;
  const limit = builder.scalar(scores.type, cap);
  return builder.combine("multiply", builder.unary("tanh", builder.combine("divide", scores, limit)), limit);
}

/** Softmax over the keys; a row without a key that counts is zero. */
export function emitProbabilities(builder: ModuleBuilder, scores: DataValue, { hasMask }: { hasMask: boolean }): DataValue {
  const axis = scores.dims.length - 1;
  const kept = scores.dims.with(axis, 1);
  const number = (value: number): DataValue => builder.scalar(scores.type, value);
  const largest = builder.reshape(reduceMax(builder, scores, [axis]), kept);
  const isEmpty = hasMask ? builder.compare("EQ", largest, number(-Infinity)) : undefined;
  const shift = isEmpty === undefined ? largest : builder.select(isEmpty, number(0), largest);
  const powers = builder.unary("exponential", builder.combine("subtract", scores, shift));
  const sum = builder.reshape(builder.reduce("add", powers, number(0), [axis]), kept);
  return builder.combine("divide", powers, isEmpty === undefined ? sum : builder.select(isEmpty, number(1), sum));
}

/** P * V as V's type: [batch, query heads, positions, value size]. */
export function emitWeighted(builder: ModuleBuilder, probabilities: DataValue, v: DataValue): DataValue {
  const [batch = 0, heads = 0, positions = 0] = probabilities.dims;
  const wide = builder.convert(v, probabilities.type);
  const product = dot(builder, group(builder, probabilities, v.dims[1] ?? 0), wide, {
    batching: [[0, 1], [0, 1]], contracting: [[3], [2]],
  });
  return builder.convert(builder.reshape(product, [batch, heads, positions, v.dims[3] ?? 0]), v.type);
}

/** [batch, positions, heads * size] to [batch, heads, positions, size]. */
export function splitHeads(builder: ModuleBuilder, x: DataValue, heads: number): DataValue {
  const [batch = 0, positions = 0, width = 0] = x.dims;
  if (heads === 0 || width % heads !== 0) throw new RangeError(`found ${width} columns for ${heads} heads`);
  return builder.transpose(builder.reshape(x, [batch, positions, heads, width / heads]), [0, 2, 1, 3]);
}

/** [batch, heads, positions, size] to [batch, positions, heads * size]. */
export function joinHeads(builder: ModuleBuilder, x: DataValue): DataValue {
  const [batch = 0, heads = 0, positions = 0, size = 0] = x.dims;
  return builder.reshape(builder.transpose(x, [0, 2, 1, 3]), [batch, positions, heads * size]);
}
