// What ONNX Runtime's optimizer makes of the normalizations of a transformer: a sum and a normalization in one node, and
// the whole embedding layer. All of com.microsoft.
import type { EmitContext } from "../convert/emit-context.ts";
import { take } from "../convert/indexing.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";
import { normalizeByRms } from "./channel-normalization.ts";
import { normalizeRows } from "./normalization.ts";

const domain = "com.microsoft";

function addAll(builder: ModuleBuilder, values: readonly (DataValue | undefined)[]): DataValue {
  return values.filter((value) => value !== undefined).reduce((a, b) => builder.combine("add", a, b));
}

function scaleRows(builder: ModuleBuilder, rows: DataValue, [scale, shift]: readonly [DataValue, DataValue | undefined]): DataValue {
  const scaled = builder.combine("multiply", rows, scale);
  return shift === undefined ? scaled : builder.combine("add", scaled, shift);
}

/** input, skip, scale, shift, bias to normalized rows, mean, 1/deviation, and the sum itself. */
function emitSkipLayerNormalization(context: EmitContext): DataValue[] {
  const { builder } = context;
  const sum = addAll(builder, [context.data(0), context.data(1), context.findData(4)]);
  const options = { from: sum.dims.length - 1, epsilon: context.float("epsilon", 1e-12) };
  const { normal, mean, inverse } = normalizeRows(builder, sum, options);
  return [scaleRows(builder, normal, [context.data(2), context.findData(3)]), mean, inverse, sum];
}

/** input, skip, scale, bias; nobody is given the mean, of which there is none. */
function emitSkipSimplified(context: EmitContext): DataValue[] {
  const { builder } = context;
  if (context.wants(1)) throw context.unsupported("output \"mean\" is not known");
  const sum = addAll(builder, [context.data(0), context.data(1), context.findData(3)]);
  const { normal, inverse } = normalizeByRms(builder, sum, { from: sum.dims.length - 1, epsilon: context.float("epsilon", 1e-12) });
  return [builder.combine("multiply", normal, context.data(2)), inverse, inverse, sum];
}

/** Words, positions and segments looked up, added and normalized; also how many words the mask counts, and the sum. */
function emitEmbedLayerNormalization(context: EmitContext): DataValue[] {
  const { builder } = context;
  const ids = context.data(0);
  const positions = context.findData(8) ?? builder.iota("i32", ids.dims, 1);
  const segments = context.has(1) && context.has(4) ? take(builder, context.data(4), context.data(1), 0) : undefined;
  const sum = addAll(builder, [take(builder, context.data(2), ids, 0), take(builder, context.data(3), positions, 0), segments]);
  const { normal } = normalizeRows(builder, sum, { from: 2, epsilon: context.float("epsilon", 1e-12) });
  return [scaleRows(builder, normal, [context.data(5), context.data(6)]), countMask(context, ids), sum];
}

/** Zeros without a mask. */
function countMask(context: EmitContext, ids: DataValue): DataValue {
  const { builder } = context;
  const mask = context.findData(7);
  if (mask === undefined) return builder.splat("i32", [ids.dims[0] ?? 0], 0);
  return builder.reduce("add", builder.convert(mask, "i32"), builder.scalar("i32", 0), [1]);
}

export const SKIP_NORMALIZATION: readonly Operator[] = [
  { op: "SkipLayerNormalization", domain, since: 1, emit: emitSkipLayerNormalization },
  { op: "SkipSimplifiedLayerNormalization", domain, since: 1, emit: emitSkipSimplified },
  { op: "EmbedLayerNormalization", domain, since: 1, emit: emitEmbedLayerNormalization },
];
