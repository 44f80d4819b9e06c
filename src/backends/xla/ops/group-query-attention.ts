// GroupQueryAttention of com.microsoft: what ONNX Runtime's model builder makes of the attention of a decoder, rotary
// positions among it.
import type { EmitContext } from "../convert/emit-context.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";
import { splitHeads } from "./attention-core.ts";
import { findFrontier, findInside } from "./attention-mask.ts";
import { attend, checkAbsent, splitColumns } from "./microsoft-attention.ts";
import type { Heads } from "./microsoft-attention.ts";
import { pickAngles, rotate } from "./rotary-embedding.ts";

/** A prompt from its beginning: with cached positions the node is refused. */
function emitGroupQueryAttention(context: EmitContext): DataValue[] {
  const { builder } = context;
  checkAbsent(context, { head_sink: 11, k_scale: 12, v_scale: 13, q_norm_weight: 14, k_norm_weight: 15 });
  if (context.wants(3)) throw context.unsupported("output \"output_qk\" is not known");
  if (context.int("smooth_softmax", 0) === 1) throw context.unsupported("attribute \"smooth_softmax\" is not known");
  if (context.has(3) && (context.dims(3)[2] ?? 0) > 0) throw context.unsupported("found cached positions");
  const { q, k, v } = readGroups(context);
  const [queries, keys] = [q.dims[2] ?? 0, k.dims[2] ?? 0];
  const window = context.int("local_window_size", -1);
  const isCausal = context.int("causal", 1) === 1;
  const last = context.data(5);
  const lengths = builder.combine("add", last, builder.scalar(last.type, 1));
  const masks = [
    findFrontier(builder, { dims: [queries, keys], offset: 0, left: window < 0 ? -1 : window - 1, right: isCausal ? 0 : -1 }),
    findInside(builder, builder.reshape(lengths, [q.dims[0] ?? 0]), keys), context.findData(10),
  ];
  return [attend(context, { q, k, v }, masks), k, v];
}

function readGroups(context: EmitContext): Heads {
  const { builder } = context;
  const [queryHeads, heads] = [context.int("num_heads"), context.int("kv_num_heads")];
  const query = context.data(0);
  const size = (query.dims[2] ?? 0) / (queryHeads + 2 * heads);
  const packed = context.has(1)
    ? [query, context.data(1), context.data(2)]
    : splitColumns(builder, query, [queryHeads * size, heads * size, heads * size]);
  const [q, k, v] = packed.map((x, i) => {
    const split = splitHeads(builder, x, i === 0 ? queryHeads : heads);
    return i === 2 || context.int("do_rotary", 0) === 0 ? split : turn(context, split);
  });
  if (q === undefined || k === undefined || v === undefined) throw context.unsupported("found no keys and values");
  return { q, k, v };
}

/** By the angles of positions 0, 1, 2, …, or of the ones that are given. */
function turn(context: EmitContext, x: DataValue): DataValue {
  const { builder } = context;
  const ids = context.findData(9) ?? builder.iota("i64", [1, x.dims[2] ?? 0], 1);
  const [cos, sin] = [context.data(7), context.data(8)].map((cache) => pickAngles(builder, cache, ids));
  if (cos === undefined || sin === undefined) return x;
  const isInterleaved = context.int("rotary_interleaved", 0) === 1;
  const turned = rotate(builder, builder.transpose(x, [0, 2, 1, 3]), { cos, sin, isInterleaved });
  return builder.transpose(turned, [0, 2, 1, 3]);
}

export const GROUP_QUERY_ATTENTION: readonly Operator[] = [
  { op: "GroupQueryAttention", domain: "com.microsoft", since: 1, emit: emitGroupQueryAttention },
];
