// Whether the default model is there and its files can be read; whether it answers is for the server to find out.
import { formatError, TermiteError } from "../../errors.ts";
import type { ModelManifest, ModelStore } from "../../models/manifest.ts";
import type { Verdict } from "../finding.ts";

export type DefaultModelFacts =
  | { name: string; manifest: Pick<ModelManifest, "id" | "embedded" | "maxTokens"> }
  | { name: string; failure: unknown };

export async function readDefaultModel(store: Pick<ModelStore, "resolve">, name: string): Promise<DefaultModelFacts> {
  try {
    return { name, manifest: await store.resolve(name) };
  } catch (failure) {
    return { name, failure };
  }
}

export function resolveDefaultModel(facts: DefaultModelFacts): Verdict {
  if ("failure" in facts) {
    const hint = facts.failure instanceof TermiteError ? facts.failure.hint : undefined;
    return {
      status: "fail",
      found: `default_model "${facts.name}": ${formatError(facts.failure)}`,
      needed: "a model that is there",
      remedy: hint ?? "termite models",
    };
  }
  const { id, embedded, maxTokens } = facts.manifest;
  const place = embedded ? "inside this executable" : "on disk";
  return { status: "ok", found: `"${id}", ${place}, up to ${maxTokens} tokens` };
}
