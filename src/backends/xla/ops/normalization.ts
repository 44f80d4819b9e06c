// Normalization over the last dimensions: LayerNormalization.
import { isFloat } from "../convert/data-type.ts";
import { resolveAxis } from "../convert/dims.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";
import { reduceMean } from "./reduction.ts";

export interface NormalizeOptions {
  /** First of the dimensions that are normalized together. */
  from: number;
  epsilon: number;
}

/** (x - mean) / sqrt(variance + epsilon) as the type of `x`; mean and 1/deviation as they were computed, in float32 at least. */
export function normalizeRows(
  builder: ModuleBuilder, input: DataValue, { from, epsilon }: NormalizeOptions,
): { normal: DataValue; mean: DataValue; inverse: DataValue } {
  const x = isFloat(input.type) && input.type !== "f64" ? builder.convert(input, "f32") : input;
  const axes = x.dims.flatMap((_, i) => (i >= from ? [i] : []));
  const kept = x.dims.map((dim, i) => (i >= from ? 1 : dim));
  const mean = builder.reshape(reduceMean(builder, x, axes), kept);
  const centered = builder.combine("subtract", x, mean);
  const variance = builder.reshape(reduceMean(builder, builder.binary("multiply", centered, centered), axes), kept);
  const inverse = builder.unary("rsqrt", builder.combine("add", variance, builder.scalar(x.type, epsilon)));
  return { normal: builder.convert(builder.combine("multiply", centered, inverse), input.type), mean, inverse };
}

/** Rows times scale plus bias, over the dimensions from `axis` on; also mean and 1/deviation. */
function emitLayerNormalization(context: EmitContext): DataValue[] {
  const { builder } = context;
  const input = context.data(0);
  const from = resolveAxis(context.int("axis", -1), input.dims.length);
  const { normal, mean, inverse } = normalizeRows(builder, input, { from, epsilon: context.float("epsilon", 1e-5) });
  const scaled = builder.combine("multiply", normal, context.data(1));
  const bias = context.findData(2);
  return [bias === undefined ? scaled : builder.combine("add", scaled, bias), mean, inverse];
}

export const NORMALIZATION: readonly Operator[] = [{ op: "LayerNormalization", since: 1, emit: emitLayerNormalization }];
