// The StableHLO form of every head: the end of a program, so that only what the head makes of the output comes back.
// src/heads has the TypeScript forms, which say what the numbers are.
import type { Head } from "../../../heads/head.ts";
import { resolveHeadOutput } from "../../head-outputs.ts";
import type { DataType } from "../convert/data-type.ts";
import type { DataValue } from "../convert/value.ts";
import { findDType } from "../element-dtypes.ts";
import type { HeadScope } from "./head-scope.ts";
import { emitPool } from "./pool.ts";
import { emitNormalize } from "./steps.ts";
import { createTextMask } from "./text-mask.ts";

export interface NamedValue {
  name: string;
  value: DataValue;
}

export interface HeadOptions {
  head: Head;
  hasPoolFrom?: boolean | undefined;
}

/**
 * One float32 tensor: `[batch, width]` of "pool", of "logits" of rank 2, and of "splade", whose zeros are left out in
 * TypeScript; `[batch, length, width]` of "tokens" and of "logits" of rank 3, padding included.
 * Throws `model_load_failed` when there is no output for the head.
 */
export function emitHead({ head, hasPoolFrom = false }: HeadOptions, scope: HeadScope, outputs: readonly NamedValue[]): DataValue {
  const { builder } = scope;
  const value = builder.convert(selectOutput(head, outputs), "f32");
  switch (head.kind) {
    case "logits": return value;
    case "tokens": return head.normalize ? emitNormalize(builder, value) : value;
    case "splade": return emitSplade(scope, value);
    case "pool": return emitPool(head, { scope, tokens: value, hasPoolFrom });
  }
}

function selectOutput(head: Head, outputs: readonly NamedValue[]): DataValue {
  const described = outputs.map(({ name, value: { type, dims } }) => ({ name, dtype: dtypeOf(type), dims }));
  const output = outputs[resolveHeadOutput(described, head.kind)];
  if (output === undefined) throw new TypeError("Cannot emit a head: found no output");
  return output.value;
}

const dtypeOf = (type: DataType): ReturnType<typeof findDType> => (type === "string" ? undefined : findDType(type));

/** `log(1 + relu(max over a text's tokens))`: the logarithm never falls, so the maximum alone needs it. */
function emitSplade(scope: HeadScope, logits: DataValue): DataValue {
  const { builder } = scope;
  const zero = builder.scalar("f32", 0);
  const kept = builder.select(createTextMask(scope, logits).tokens, logits, zero);
  return builder.unary("log_plus_one", builder.reduce("maximum", kept, zero, [1]));
}
