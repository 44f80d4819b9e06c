// Names of models in errors, for a key that may not know of all: the store's own suggestion is of everything there is.
import { TermiteError } from "../../errors.ts";
import type { ModelSummary } from "../../models/manifest.ts";
import { findNearestMany } from "../../nearest.ts";

/** The error as it is; `model_not_found` with those of `list` that are near the name, whatever it suggested before. */
export async function resolvePermittedError(
  error: unknown,
  name: string,
  list: () => Promise<readonly Pick<ModelSummary, "id">[]>,
): Promise<unknown> {
  if (!(error instanceof TermiteError) || error.code !== "model_not_found") return error;
  const ids = (await list()).map(({ id }) => id);
  const near = findNearestMany(name, ids, 3).map((id) => `"${id}"`);
  const hint = near.length === 0 ? undefined : `Did you mean ${near.join(" or ")}?`;
  return new TermiteError(error.code, error.message, { hint, details: error.details, cause: error });
}
