// Whether the default model is there, can be read, and answers: without it a server never becomes ready.
import { formatError } from "../../errors.ts";
import type { ModelManifest } from "../../models/manifest.ts";
import type { AssetName } from "../../runtime/assets.ts";
import type { Examination } from "../examination.ts";
import type { Verdict } from "../finding.ts";
import { resolveRemedy } from "../remedy.ts";
import type { ModelTrial } from "./try-model.ts";

type FoundModel = Pick<ModelManifest, "id" | "embedded" | "maxTokens">;

export type DefaultModelFacts =
  | { name: string; failure: unknown }
  /** `obstacle`: what fails already and would fail here again, so that it was not tried. */
  | { name: string; manifest: FoundModel; obstacle: string }
  | { name: string; manifest: FoundModel; trial: ModelTrial };

export type ModelLooks = Pick<Examination, "loaded" | "asset" | "engine" | "tryModel"> & {
  store: { resolve: (name: string) => Promise<FoundModel> };
};

const ANOTHER = "Mend its files, or set TERMITE_DEFAULT_MODEL (or --default-model) to another model";

export async function readDefaultModel(looks: ModelLooks): Promise<DefaultModelFacts> {
  const name = looks.loaded.config.defaultModel;
  // Looked at by hash, and mended, before its files are read.
  await looks.asset("default-model");
  const found = await resolveModel(looks.store, name);
  if ("failure" in found) return { name, ...found };
  const obstacle = await findObstacle(looks, found.manifest);
  return obstacle === undefined ? { name, ...found, trial: await looks.tryModel(name) } : { name, ...found, obstacle };
}

type Resolved = { manifest: FoundModel } | { failure: unknown };

async function resolveModel(store: ModelLooks["store"], name: string): Promise<Resolved> {
  try {
    return { manifest: await store.resolve(name) };
  } catch (failure) {
    return { failure };
  }
}

/** Takes the looks at all that a trial extracts, so that a trial does not change what they find. */
async function findObstacle({ asset, engine }: ModelLooks, { embedded }: FoundModel): Promise<string | undefined> {
  const names: AssetName[] = embedded ? ["tokenizers", "default-model"] : ["tokenizers"];
  for (const name of names) {
    if ((await asset(name)).failure !== undefined) return `${name} is damaged`;
  }
  const facts = await engine("onnx:cpu");
  return facts?.kind === "probed" && facts.outcome.ok ? undefined : "its engine does not work";
}

export function resolveDefaultModel(facts: DefaultModelFacts): Verdict {
  if ("failure" in facts) {
    const found = `default_model "${facts.name}": ${formatError(facts.failure)}`;
    return { status: "fail", found, needed: "a model that is there", remedy: resolveRemedy(facts.failure, "termite models") };
  }
  const { id, embedded, maxTokens } = facts.manifest;
  const model = `"${id}", ${embedded ? "inside this executable" : "on disk"}`;
  if ("obstacle" in facts) {
    const found = `${model}, was not tried: ${facts.obstacle}`;
    return { status: "warn", found, needed: "a vector of it", remedy: "Mend that first: it has a finding of its own" };
  }
  const { trial } = facts;
  if (trial.ok) return { status: "ok", found: `${model}, up to ${maxTokens} tokens, gave a vector in ${Math.round(trial.ms)} ms` };
  return { status: "fail", found: `${model}, gave no vector: ${trial.reason}`, needed: "a vector of it", remedy: trial.remedy ?? ANOTHER };
}
