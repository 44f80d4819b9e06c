// Text in, vectors out: finds and loads the model, makes token items, has them run, checks and cuts the vectors.
import { applyNormalize } from "../../heads/normalize.ts";
import { HEAD_NAMES, type ModelManifest } from "../../models/manifest.ts";
import { checkDimensions, cutVector } from "./dimensions.ts";
import type { EmbedRequest, EmbedResult, Embedder } from "../embed-request.ts";
import type { OpenModel } from "../access/model-access.ts";
import type { OpenAccess } from "../access/open-access.ts";
import { estimateTexts } from "../inputs/estimate-tokens.ts";
import { countTokens, createTokenItems, nameInput, resolvePrompt } from "../inputs/prepare-texts.ts";
import { createIdItems } from "../inputs/prepare-token-ids.ts";
import { resolveRawHead } from "./raw-head.ts";
import { readRow } from "../results/read-row.ts";

export function createEmbedder(access: Omit<OpenAccess, "close" | "useTokenizer">): Embedder {
  const { preload, unload, loaded } = access;
  const embed = (request: EmbedRequest): Promise<EmbedResult> => {
    const check = (manifest: ModelManifest): void => checkBeforeLoad(manifest, request);
    const estimate = ({ maxTokens }: ModelManifest): number => estimateRequest(request, maxTokens);
    return access.use(request, ["embed"], (model) => embedTexts(model, request), { check, estimate });
  };
  return { embed, preload, unload, loaded };
}

/** What the files alone can refuse is refused before a model is loaded for it. */
function checkBeforeLoad(manifest: ModelManifest, { prompt, dimensions }: EmbedRequest): void {
  resolvePrompt(manifest, prompt);
  if (manifest.nativeDimensions !== undefined) checkDimensions(manifest, manifest.nativeDimensions, dimensions);
}

function estimateRequest({ texts, tokenIds }: EmbedRequest, limit: number): number {
  if (tokenIds === undefined) return estimateTexts(texts, limit);
  return tokenIds.reduce((sum, { length }) => sum + Math.min(limit, length), 0);
}

async function embedTexts(model: OpenModel, request: EmbedRequest): Promise<EmbedResult> {
  const { manifest, loadNs } = model;
  const { tokenIds, dimensions } = request;
  const native = manifest.nativeDimensions ?? resolveGraphWidth(model);
  if (native !== undefined) checkDimensions(manifest, native, dimensions);
  const items =
    tokenIds === undefined ? await createTokenItems(model, request) : createIdItems(model, tokenIds, request);
  const head = request.normalize === false ? resolveRawHead(manifest.heads) : HEAD_NAMES.embed;
  const results = await model.run(head, items);
  const vectors = results.map((result, index) => {
    return readRow(manifest, result, { what: nameInput(index).what, content: "vector" });
  });
  // All are of one length.
  if (vectors[0] !== undefined) checkDimensions(manifest, vectors[0].length, dimensions);
  return {
    model: manifest.id,
    vectors: vectors.map((vector) => resolveVector(vector, request)),
    promptTokens: countTokens(items),
    loadNs,
  };
}

function resolveVector(vector: Float32Array, { dimensions, normalize }: EmbedRequest): Float32Array {
  if (normalize === false) return vector.slice(0, dimensions);
  const cut = cutVector(vector, dimensions);
  // Others may have the same result: it is not written into.
  return normalize === true ? applyNormalize(cut.slice()) : cut;
}

/** The size of a vector when only the graph says it; the steps of the head would have said it otherwise. */
function resolveGraphWidth({ manifest, facts }: OpenModel): number | undefined {
  const head = manifest.heads[HEAD_NAMES.embed];
  if (facts.width === undefined || head?.kind !== "pool") return undefined;
  return facts.width * head.modes.length;
}
