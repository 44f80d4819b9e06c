// Text in, vectors out: finds and loads the model, makes token items, has them run, checks and cuts the vectors.
import { TermiteError } from "../errors.ts";
import type { HeadResult } from "../heads/head.ts";
import type { ModelManifest, ModelStore } from "../models/manifest.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import { checkDimensions, cutVector } from "./dimensions.ts";
import type { EmbedRequest, EmbedResult, Embedder } from "./embed-request.ts";
import { EMBED_HEAD, LoadedModels, type LoadedModel, type LoadedModelsOptions, type UseOptions } from "./loaded-models.ts";
import { createTokenItems, resolvePrompt } from "./prepare-texts.ts";

export interface EmbedderOptions extends LoadedModelsOptions {
  store: Pick<ModelStore, "resolve">;
  scheduler: Pick<Scheduler, "submit">;
}

/** `close` before the runner: no model is unloaded by itself any more. */
export function createEmbedder(options: EmbedderOptions): Embedder & { close(): void } {
  const models = new LoadedModels(options);
  const useTimed: Use = async (manifest, task, wanted) => {
    const startedNs = models.has(manifest) ? undefined : Bun.nanoseconds();
    return await models.use(
      manifest,
      (model) => task(model, startedNs === undefined ? 0 : Bun.nanoseconds() - startedNs),
      wanted,
    );
  };
  const embed = async (request: EmbedRequest): Promise<EmbedResult> => {
    const manifest = await options.store.resolve(request.model);
    checkBeforeLoad(manifest, request);
    return await useTimed(
      manifest,
      async (model, loadNs) => ({ ...(await embedTexts(options.scheduler, model, request)), loadNs }),
      request,
    );
  };
  const preload: Embedder["preload"] = async (name, wanted = {}) => {
    const manifest = await options.store.resolve(name);
    return await useTimed(manifest, async (_, loadNs) => ({ model: manifest.id, loadNs }), wanted);
  };
  const unload = async (name: string): Promise<string> => {
    const { id } = await options.store.resolve(name);
    models.expire(id);
    return id;
  };
  return { embed, preload, unload, loaded: () => models.list(), close: () => models.close() };
}

/** As `LoadedModels.use`, with the nanoseconds that it waited for the model to load; 0 when it was loaded. */
type Use = <T>(
  manifest: ModelManifest,
  task: (model: LoadedModel, loadNs: number) => Promise<T>,
  options: UseOptions,
) => Promise<T>;

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
