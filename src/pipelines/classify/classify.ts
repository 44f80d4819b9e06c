// Texts, or pairs of texts, to a model's own labels. Labels of the client's own are for `zero-shot.ts`.
import { HEAD_NAMES, type ModelManifest } from "../../models/manifest.ts";
import type { InputName } from "../inputs/check-lengths.ts";
import type { ModelAccess, OpenModel } from "../access/model-access.ts";
import { estimatePairs, estimateText } from "../inputs/estimate-tokens.ts";
import { createInputItems } from "../inputs/prepare-inputs.ts";
import { countTokens } from "../inputs/prepare-texts.ts";
import { readRow } from "../results/read-row.ts";
import { applySigmoid, applySoftmax, sortScores } from "../results/scores.ts";
import type { Classifier, ClassifyRequest, ClassifyResult, LabelScore, TextOrPair } from "../tasks.ts";
import { classifyByLabels } from "./zero-shot.ts";

export function createClassifier(access: Pick<ModelAccess, "use">): Classifier {
  return {
    classify: (request) => {
      const estimate = ({ maxTokens }: ModelManifest): number => estimateInputs(request.inputs, maxTokens);
      return access.use(request, ["classify"], (model) => classifyInputs(model, request), { estimate });
    },
    classifyZeroShot: (request) => classifyByLabels(access, request),
  };
}

function estimateInputs(inputs: readonly TextOrPair[], limit: number): number {
  const sizes = inputs.map((input) => {
    return typeof input === "string" ? estimateText(input, limit) : estimatePairs(input[0], [input[1]], limit);
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function classifyInputs(model: OpenModel, request: ClassifyRequest): Promise<ClassifyResult> {
  const { manifest, loadNs } = model;
  const items = await createInputItems(model, request, nameOf);
  const results = await model.run(HEAD_NAMES.logits, items);
  const classifications = results.map((result, index) => {
    const logits = readRow(manifest, result, { what: nameOf(index).what, content: "scores" });
    return resolveLabelScores(logits, manifest, request.rawScores);
  });
  return { model: manifest.id, classifications, promptTokens: countTokens(items), loadNs };
}

/** Best first. One logit is never against itself, also where a model's files promise more. */
export function resolveLabelScores(
  logits: Float32Array,
  { labels, activation }: Pick<ModelManifest, "labels" | "activation">,
  isRaw: boolean,
): LabelScore[] {
  const values = Array.from(logits);
  const own = activation === "softmax" && logits.length === 1 ? "sigmoid" : activation;
  const scores = ACTIVATIONS[isRaw ? "none" : own](values);
  return sortScores(scores.map((score, index) => ({ label: labels[index] ?? `LABEL_${index}`, score })));
}

const ACTIVATIONS: Readonly<Record<ModelManifest["activation"], (logits: number[]) => number[]>> = {
  softmax: applySoftmax,
  sigmoid: (logits) => logits.map(applySigmoid),
  none: (logits) => logits,
};

function nameOf(index: number): InputName {
  return { what: `classify input ${index}`, param: "inputs", index };
}
