// Text in, a sparse vector over the model's vocabulary out. Special tokens take part, as the authors of SPLADE have it.
import { HEAD_NAMES, type ModelManifest } from "../../models/manifest.ts";
import type { ModelAccess, OpenModel } from "../access/model-access.ts";
import { estimateTexts } from "../inputs/estimate-tokens.ts";
import { countTokens, createTokenItems, nameInput, resolvePrompt } from "../inputs/prepare-texts.ts";
import { readSparse } from "../results/read-tokens.ts";
import type { SparseEmbedder, SparseResult, TextsRequest } from "../tasks.ts";

export function createSparseEmbedder(access: Pick<ModelAccess, "use">): SparseEmbedder {
  const embedSparse = (request: TextsRequest): Promise<SparseResult> => {
    const check = (manifest: ModelManifest): void => void resolvePrompt(manifest, request.prompt);
    const estimate = ({ maxTokens }: ModelManifest): number => estimateTexts(request.texts, maxTokens);
    return access.use(request, ["sparse"], (model) => embedTexts(model, request), { check, estimate });
  };
  return { embedSparse };
}

async function embedTexts(model: OpenModel, request: TextsRequest): Promise<SparseResult> {
  const { manifest, loadNs } = model;
  const items = await createTokenItems(model, request);
  const results = await model.run(HEAD_NAMES.sparse, items);
  const vectors = results.map((result, index) => {
    const { indices, values } = readSparse(manifest, result, { what: nameInput(index).what, content: "sparse vector" });
    return { indices, values };
  });
  return { model: manifest.id, vectors, promptTokens: countTokens(items), loadNs };
}
