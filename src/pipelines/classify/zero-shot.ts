// Texts to labels that the client thinks up, by a model of natural-language inference: does the text entail "This
// example is <label>."? Scores as transformers' ZeroShotClassificationPipeline makes them.
import { TermiteError } from "../../errors.ts";
import { HEAD_NAMES, type ModelManifest } from "../../models/manifest.ts";
import type { InputName } from "../inputs/check-lengths.ts";
import type { ModelAccess, OpenModel } from "../access/model-access.ts";
import { estimateText, estimateTexts } from "../inputs/estimate-tokens.ts";
import { checkPairCharacters, countCharacters } from "../inputs/pair-limit.ts";
import { createPairItems } from "../inputs/prepare-pairs.ts";
import { countTokens } from "../inputs/prepare-texts.ts";
import { readRow } from "../results/read-row.ts";
import { applySoftmax, sortScores } from "../results/scores.ts";
import type { ClassifyResult, LabelScore, ZeroShotRequest } from "../tasks.ts";

type Inference = NonNullable<ModelManifest["inference"]>;

export async function classifyByLabels(
  access: Pick<ModelAccess, "use">,
  request: ZeroShotRequest,
): Promise<ClassifyResult> {
  const check = (manifest: ModelManifest): void => {
    checkInference(manifest);
    checkPairs(request);
  };
  const estimate = ({ maxTokens }: ModelManifest): number => estimateRequest(request, maxTokens);
  return await access.use(request, ["classify"], (model) => judge(model, request), { check, estimate });
}

/** By their lengths alone: hypotheses that are too many are never made. */
function checkPairs({ texts, labels, hypothesisTemplate }: ZeroShotRequest): void {
  const hypotheses = countCharacters(labels) + labels.length * splitTemplate(hypothesisTemplate).join("").length;
  checkPairCharacters(labels.length * countCharacters(texts) + texts.length * hypotheses, "classify the texts");
}

/** Labels are short and alike: one of their mean length stands for all. */
function estimateRequest({ texts, labels, hypothesisTemplate }: ZeroShotRequest, limit: number): number {
  const hypothesis = estimateText(hypothesisTemplate, limit) + estimateTexts(labels, limit) / Math.max(1, labels.length);
  const pairs = texts.map((text) => Math.min(limit, Math.ceil(estimateText(text, limit) + hypothesis)) * labels.length);
  return pairs.reduce((sum, size) => sum + size, 0);
}

async function judge(model: OpenModel, request: ZeroShotRequest): Promise<ClassifyResult> {
  const parts = splitTemplate(request.hypothesisTemplate);
  const hypotheses = request.labels.map((label) => parts.join(label));
  const { manifest, loadNs } = model;
  const inference = checkInference(manifest);
  const pairs = request.texts.flatMap((text) => hypotheses.map((hypothesis) => [text, hypothesis] as const));
  const nameOf = (pair: number): InputName => nameText(Math.floor(pair / hypotheses.length));
  // The hypothesis is the question: cut short it would be another one.
  const items = await createPairItems(model, { ...request, pairs, strategy: "only_first", nameOf });
  const results = await model.run(HEAD_NAMES.logits, items);
  const logits = results.map((result, pair) => {
    return readRow(manifest, result, { what: nameOf(pair).what, content: "scores" });
  });
  const classifications = request.texts.map((_, index) => {
    const rows = logits.slice(index * hypotheses.length, (index + 1) * hypotheses.length);
    return resolveZeroShotScores(rows, inference, request);
  });
  return { model: manifest.id, classifications, promptTokens: countTokens(items), loadNs };
}

/**
 * Of one text, best first; `rows` are the logits of each label. A single label is judged for itself, whatever
 * `multiLabel` says: against no others it would always win.
 */
export function resolveZeroShotScores(
  rows: readonly Float32Array[],
  { entailment, contradiction }: Inference,
  { labels, multiLabel }: Pick<ZeroShotRequest, "labels" | "multiLabel">,
): LabelScore[] {
  const scores =
    multiLabel || rows.length === 1
      ? rows.map((row) => resolveEntailment(row, entailment, contradiction))
      : applySoftmax(rows.map((row) => row[entailment] ?? 0));
  return sortScores(labels.map((label, index) => ({ label, score: scores[index] ?? 0 })));
}

/** Against contradiction; where no label is called that, against the first, or the last if the first is entailment. */
function resolveEntailment(row: Float32Array, entailment: number, contradiction: number | undefined): number {
  const opposite = contradiction ?? (entailment === 0 ? row.length - 1 : 0);
  return applySoftmax([row[opposite] ?? 0, row[entailment] ?? 0])[1] ?? 0;
}

/** What stands before and behind the label. */
function splitTemplate(template: string): string[] {
  const parts = template.split("{}");
  if (parts.length === 2) return parts;
  const found = parts.length === 1 ? "no" : parts.length - 1;
  const need = `found ${found} "{}", need one where the label goes`;
  const message = `Cannot use the hypothesis template ${JSON.stringify(template)}: ${need}`;
  throw new TermiteError("invalid_request", message, {
    hint: 'For example "This example is {}."',
    details: { param: "hypothesis_template" },
  });
}

function checkInference({ id, labels, inference }: ModelManifest): Inference {
  if (inference !== undefined) return inference;
  const found = `found the labels ${labels.map((label) => `"${label}"`).join(", ")}, need one for entailment`;
  throw new TermiteError("wrong_task", `Cannot classify by labels of your own with "${id}": ${found}`, {
    hint: "Leave your labels out for the model's own, or name a model of natural-language inference",
    details: { param: "labels", model: id, labels },
  });
}

function nameText(index: number): InputName {
  return { what: `classify text ${index}`, param: "texts", index };
}
