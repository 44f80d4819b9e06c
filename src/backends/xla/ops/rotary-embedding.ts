// RotaryEmbedding: pairs of numbers of each head turned by an angle that its position gives.
import type { EmitContext } from "../convert/emit-context.ts";
import { take } from "../convert/indexing.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";
import { castValue } from "./cast.ts";

export interface RotaryOptions {
  /** Cosines and sines, [batch or 1, positions, half of what turns]. */
  cos: DataValue;
  sin: DataValue;
  isInterleaved: boolean;
}

/** `x` is [batch, positions, heads, size]; what lies behind twice the angles of each head stays as it is. */
export function rotate(builder: ModuleBuilder, x: DataValue, { cos, sin, isInterleaved }: RotaryOptions): DataValue {
  const [batch = 0, positions = 0, heads = 0, size = 0] = x.dims;
  const half = cos.dims.at(-1) ?? 0;
  const turning = builder.sliceAxis(x, 3, 0, 2 * half);
  const pairs = builder.reshape(turning, [batch, positions, heads, ...(isInterleaved ? [half, 2] : [2, half])]);
  const axis = isInterleaved ? 4 : 3;
  const part = (i: number): DataValue => builder.reshape(builder.sliceAxis(pairs, axis, i, i + 1), [batch, positions, heads, half]);
  const [a, b] = [part(0), part(1)];
  const times = (value: DataValue, angle: DataValue): DataValue => {
    return builder.combine("multiply", value, builder.reshape(castValue(builder, angle, x.type), angle.dims.toSpliced(-1, 0, 1)));
  };
  const real = builder.binary("subtract", times(a, cos), times(b, sin));
  const imaginary = builder.binary("add", times(a, sin), times(b, cos));
  const column = real.dims.toSpliced(axis, 0, 1);
  const turned = builder.concatenate([builder.reshape(real, column), builder.reshape(imaginary, column)], axis);
  const whole = builder.reshape(turned, turning.dims);
  return 2 * half === size ? whole : builder.concatenate([whole, builder.sliceAxis(x, 3, 2 * half, size)], 3);
}

/** Rows of a cache [positions, half] for position ids of [batch, positions]. */
export const pickAngles = (builder: ModuleBuilder, cache: DataValue, ids: DataValue): DataValue => take(builder, cache, ids, 0);

/** `order` holds the places of cosines, sines and position ids among the inputs. */
function emitRotaryEmbedding(context: EmitContext, [cosAt, sinAt, idsAt]: readonly [number, number, number]): DataValue[] {
  const { builder } = context;
  const given = context.data(0);
  const isSplit = given.dims.length === 4;
  const x = isSplit ? builder.transpose(given, [0, 2, 1, 3]) : splitColumns(context, given);
  const angles = (index: number): DataValue => {
    const cache = context.data(index);
    const ids = context.findData(idsAt);
    return ids === undefined ? cache : pickAngles(builder, cache, resolveIds(builder, ids, x.dims));
  };
  const y = rotate(builder, x, { cos: angles(cosAt), sin: angles(sinAt), isInterleaved: context.int("interleaved", 0) === 1 });
  return [isSplit ? builder.transpose(y, [0, 2, 1, 3]) : builder.reshape(y, given.dims)];
}

/** com.microsoft may give the position of the first token alone. */
function resolveIds(builder: ModuleBuilder, ids: DataValue, [batch = 0, positions = 0]: readonly number[]): DataValue {
  if (ids.dims.length === 2) return ids;
  const grid = [batch, positions];
  return builder.binary("add", builder.iota(ids.type, grid, 1), builder.broadcastTo(builder.reshape(ids, [1, 1]), grid));
}

function splitColumns(context: EmitContext, x: DataValue): DataValue {
  const [batch = 0, positions = 0, width = 0] = x.dims;
  const heads = context.int("num_heads", 0) || resolveHeadCount(context, width);
  return context.builder.reshape(x, [batch, positions, heads, width / heads]);
}

/** Without a number of heads, what turns is the whole head. */
function resolveHeadCount(context: EmitContext, width: number): number {
  const half = context.dims(context.node.domain === "" ? 1 : 2).at(-1) ?? 0;
  if (half === 0 || width % (2 * half) !== 0) throw context.unsupported("attribute \"num_heads\" is missing");
  return width / (2 * half);
}

export const ROTARY_EMBEDDING: readonly Operator[] = [
  { op: "RotaryEmbedding", since: 23, emit: (context) => emitRotaryEmbedding(context, [1, 2, 3]) },
  { op: "RotaryEmbedding", domain: "com.microsoft", since: 1, emit: (context) => emitRotaryEmbedding(context, [2, 3, 1]) },
];
