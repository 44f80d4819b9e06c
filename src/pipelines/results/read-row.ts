// One text's row out of what a head gave for it: the right kind, and every value a number that JSON can carry.
import { TermiteError } from "../../errors.ts";
import type { HeadResult } from "../../heads/head.ts";
import type { ModelManifest } from "../../models/manifest.ts";

export interface RowName {
  /** "embed input 3". */
  what: string;
  /** "vector", "scores". */
  content: string;
}

export function readRow(
  { id }: Pick<ModelManifest, "id">,
  result: HeadResult | undefined,
  name: RowName,
): Float32Array {
  if (result?.kind !== "dense") {
    const found = `found ${result === undefined ? "no" : `a ${result.kind}`} result of "${id}", need a dense one`;
    throw new TermiteError("internal", `Cannot ${name.what}: ${found}`);
  }
  checkFinite(id, result.data, name);
  return result.data;
}

/** A value that is not finite would become `null` in JSON: it is an error instead. */
export function checkFinite(id: string, values: Float32Array, { what, content }: RowName): void {
  if (areFinite(values)) return;
  const found = `found a value that is not finite in the ${content} of "${id}"`;
  throw new TermiteError("internal", `Cannot ${what}: ${found}`, {
    hint: "Another variant of the model may hold its values better: half precision overflows first",
    details: { model: id },
  });
}

/**
 * A sum of float32 values in float64 cannot overflow, so it is finite when and only when each of them is: one pass without
 * a call or a branch a value (0.3 us for 384, `every` 8).
 */
function areFinite(values: Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ?? NaN;
  return Number.isFinite(sum);
}
