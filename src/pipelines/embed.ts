// Text in, vectors out: finds and loads the model, makes token items, has them run, checks and cuts the vectors.
import { TermiteError } from "../errors.ts";
import type { HeadResult } from "../heads/head.ts";
import type { Log } from "../log.ts";
import type { ModelManifest, ModelStore } from "../models/manifest.ts";
import type { Runner } from "../runners/runner.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { Tokenizers } from "../tokenizers/open.ts";
import { checkDimensions, cutVector } from "./dimensions.ts";
import type { EmbedRequest, EmbedResult, Embedder } from "./embed-request.ts";
import { EMBED_HEAD, LoadedModels, type LoadedModel } from "./loaded-models.ts";
import { createTokenItems, resolvePrompt } from "./prepare-texts.ts";

export interface EmbedderOptions {
  store: Pick<ModelStore, "resolve">;
  tokenizers: Tokenizers;
  runner: Pick<Runner, "load" | "unload">;
  scheduler: Pick<Scheduler, "submit">;
  log: Log;
  /** See `LoadedModelsOptions`. */
  repairEmbedded: () => Promise<boolean>;
}

export function createEmbedder(options: EmbedderOptions): Embedder {
  const models = new LoadedModels(options);
  const embed = async (request: EmbedRequest): Promise<EmbedResult> => {
    const manifest = await options.store.resolve(request.model);
    checkBeforeLoad(manifest, request);
    const startedNs = models.has(manifest) ? undefined : Bun.nanoseconds();
    return await models.use(manifest, request.signal, async (model) => {
      const loadNs = startedNs === undefined ? 0 : Bun.nanoseconds() - startedNs;
      return { ...(await embedTexts(options.scheduler, model, request)), loadNs };
    });
  };
  const preload = async (name: string, signal?: AbortSignal): Promise<void> => {
    const manifest = await options.store.resolve(name);
    await models.use(manifest, signal, async (model) => model.facts);
  };
  return { embed, preload };
}

/** What the files alone can refuse is refused before a model is loaded for it. */
function checkBeforeLoad(manifest: ModelManifest, { prompt, dimensions }: EmbedRequest): void {
  resolvePrompt(manifest, prompt);
  if (manifest.nativeDimensions !== undefined) checkDimensions(manifest, manifest.nativeDimensions, dimensions);
}

async function embedTexts(
  scheduler: EmbedderOptions["scheduler"],
  model: LoadedModel,
  request: EmbedRequest,
): Promise<Omit<EmbedResult, "loadNs">> {
  const { manifest } = model;
  const native = manifest.nativeDimensions ?? resolveGraphWidth(model);
  if (native !== undefined) checkDimensions(manifest, native, request.dimensions);
  const items = await createTokenItems(model, request);
  request.signal.throwIfAborted();
  const results = await scheduler.submit({
    model: manifest.fingerprint,
    head: EMBED_HEAD,
    items,
    signal: request.signal,
  });
  const vectors = results.map((result, index) => readVector(manifest, result, index));
  // All are of one length.
  if (vectors[0] !== undefined) checkDimensions(manifest, vectors[0].length, request.dimensions);
  return {
    model: manifest.id,
    vectors: vectors.map((vector) => cutVector(vector, request.dimensions)),
    promptTokens: items.reduce((sum, { ids }) => sum + ids.length, 0),
  };
}

/** The size of a vector when only the graph says it; the steps of the head would have said it otherwise. */
function resolveGraphWidth({ manifest, facts }: LoadedModel): number | undefined {
  return facts.width === undefined ? undefined : facts.width * manifest.head.modes.length;
}

/** A value that is not finite would become `null` in JSON: it is an error instead. */
function readVector({ id }: ModelManifest, result: HeadResult, index: number): Float32Array {
  if (result.kind !== "dense") {
    const found = `found a ${result.kind} result of "${id}", need a dense one`;
    throw new TermiteError("internal", `Cannot embed input ${index}: ${found}`);
  }
  if (result.data.every(Number.isFinite)) return result.data;
  const found = `found a value that is not finite in the vector of "${id}"`;
  throw new TermiteError("internal", `Cannot embed input ${index}: ${found}`, {
    hint: "Another variant of the model may hold its values better: half precision overflows first",
    details: { model: id, index },
  });
}
