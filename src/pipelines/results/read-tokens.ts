// One text's result of a head that gives more than one row: of the right kind, and every value a number that JSON can
// carry.
import { TermiteError } from "../../errors.ts";
import type { HeadResult, RaggedResult, SparseResult } from "../../heads/head.ts";
import { checkFinite, type RowName } from "./read-row.ts";

interface Model {
  id: string;
}

/** `tokens` rows, one a token that the model was given. */
export function readTokenRows(
  { id }: Model,
  result: HeadResult | undefined,
  tokens: number,
  name: RowName,
): RaggedResult {
  if (result?.kind !== "ragged") throw createWrongKind(id, result, "ragged", name);
  const rows = result.lengths[0] ?? 0;
  if (rows !== tokens || result.data.length !== tokens * result.width) {
    const found = `found ${rows} rows of "${id}" for ${tokens} tokens`;
    throw new TermiteError("internal", `Cannot ${name.what}: ${found}`, { details: { model: id } });
  }
  checkFinite(id, result.data, name);
  return result;
}

export function readSparse({ id }: Model, result: HeadResult | undefined, name: RowName): SparseResult {
  if (result?.kind !== "sparse") throw createWrongKind(id, result, "sparse", name);
  checkFinite(id, result.values, name);
  return result;
}

function createWrongKind(id: string, result: HeadResult | undefined, need: string, { what }: RowName): TermiteError {
  const found = result === undefined ? "no" : `a ${result.kind}`;
  return new TermiteError("internal", `Cannot ${what}: found ${found} result of "${id}", need a ${need} one`);
}
