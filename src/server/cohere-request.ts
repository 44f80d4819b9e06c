// What Cohere's embed and rerank share: the default model, the limit on tokens, refusals by name, the answer's `meta`.
import type { ModelManifest, Task } from "../models/manifest.ts";
import { createInvalid } from "./body/problems.ts";
import type { ServerDeps } from "./deps.ts";
import { createUnsupported } from "./embed-texts.ts";
import { isLeftOut } from "./task-work.ts";

export const COHERE_VERSIONS = ["1", "2"] as const;
export type CohereVersion = (typeof COHERE_VERSIONS)[number];

/** The model that is asked for, or the default one of the task. */
export function resolveModel(model: string | null | undefined, task: Task, { defaultModel }: ServerDeps): string {
  const resolved = model ?? defaultModel(task);
  if (resolved !== undefined) return resolved;
  throw createInvalid([{ path: ["model"], found: "nothing", expected: "the name of a model" }]);
}

/** A limit of the client's own: obeyed where the model's is no larger, else refused by name. */
export function checkTokenLimit(
  param: string,
  tokens: number | null | undefined,
  { id, maxTokens }: ModelManifest,
): void {
  if (isLeftOut(tokens) || tokens >= maxTokens) return;
  throw createUnsupported(param, `found ${tokens}, and "${id}" cuts texts at its own limit of ${maxTokens} tokens`);
}

export function createMeta(version: CohereVersion, units: { search_units: number } | { input_tokens: number }): object {
  return { api_version: { version }, billed_units: units };
}
