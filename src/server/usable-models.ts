// Which models clients are told of: what cannot be used is shown by `termite models`, with the reason.
import { TermiteError } from "../errors.ts";
import type { ModelDescription, ModelSummary } from "../models/manifest.ts";
import type { ServerDeps } from "./deps.ts";

type Models = Pick<ServerDeps, "models">;

export async function listUsable({ models }: Models): Promise<ModelSummary[]> {
  return (await models.list()).filter(({ problem }) => problem === undefined);
}

/** `listUsable` with what is in their files. */
export async function describeUsable(deps: Models): Promise<ModelDescription[]> {
  const described = (await listUsable(deps)).map(({ id }) => findDescription(deps, id));
  return (await Promise.all(described)).filter((model) => model !== undefined);
}

/** `undefined` for a model that cannot be used any more. */
export async function findDescription({ models }: Models, id: string): Promise<ModelDescription | undefined> {
  try {
    return await models.describe(id);
  } catch (error) {
    if (error instanceof TermiteError) return undefined;
    throw error;
  }
}
