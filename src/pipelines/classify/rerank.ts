// How well texts answer a query, by a cross-encoder: query and text are one input, its logits one score.
import { HEAD_NAMES, type ModelManifest } from "../../models/manifest.ts";
import type { InputName } from "../inputs/check-lengths.ts";
import type { ModelAccess, OpenModel } from "../access/model-access.ts";
import { estimatePairs } from "../inputs/estimate-tokens.ts";
import { checkPairCharacters, countCharacters } from "../inputs/pair-limit.ts";
import { createPairItems } from "../inputs/prepare-pairs.ts";
import { countTokens } from "../inputs/prepare-texts.ts";
import { readRow } from "../results/read-row.ts";
import { applySigmoid, applySoftmax } from "../results/scores.ts";
import type { RerankRequest, RerankResult, Reranker } from "../tasks.ts";

/** What models with several logits call the one that says "this text answers the query". */
const RELEVANT = /^(relevant|yes|true|positive|entailment)$/i;

export function createReranker(access: Pick<ModelAccess, "use">): Reranker {
  return {
    rerank: (request) => {
      const work = (model: OpenModel): Promise<RerankResult> => rerankTexts(model, request);
      const estimate = ({ maxTokens }: ModelManifest): number => estimatePairs(request.query, request.texts, maxTokens);
      return access.use(request, ["rerank"], work, { check: () => checkPairs(request), estimate });
    },
  };
}

function checkPairs({ query, texts }: RerankRequest): void {
  checkPairCharacters(query.length * texts.length + countCharacters(texts), "rerank the texts");
}

async function rerankTexts(model: OpenModel, request: RerankRequest): Promise<RerankResult> {
  const { manifest, loadNs } = model;
  const pairs = request.texts.map((text) => [request.query, text] as const);
  const items = await createPairItems(model, { ...request, pairs, strategy: "longest_first", nameOf });
  const results = await model.run(HEAD_NAMES.logits, items);
  const scores = results.map((result, index) => {
    const logits = readRow(manifest, result, { what: nameOf(index).what, content: "scores" });
    return resolveScore(logits, manifest, request.rawScores);
  });
  return { model: manifest.id, scores, promptTokens: countTokens(items), loadNs };
}

/**
 * One logit: its sigmoid, as sentence-transformers' CrossEncoder and text-embeddings-inference. Several: the softmax
 * probability of the label that says relevant, else of the last one, which is index 1 of two, as monoBERT's authors
 * score (those two peers refuse such models). Raw: that logit itself.
 */
export function resolveScore(logits: Float32Array, { labels }: Pick<ModelManifest, "labels">, isRaw: boolean): number {
  const named = labels.findIndex((label) => RELEVANT.test(label));
  const index = named >= 0 && named < logits.length ? named : logits.length - 1;
  const logit = logits[index] ?? 0;
  if (isRaw) return logit;
  return logits.length === 1 ? applySigmoid(logit) : (applySoftmax(logits)[index] ?? 0);
}

function nameOf(index: number): InputName {
  return { what: `rerank text ${index}`, param: "texts", index };
}
