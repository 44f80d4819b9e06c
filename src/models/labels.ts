// What the logits of a model stand for: `id2label` of its `config.json`, else numbered names as transformers gives them.
// Sample: {"id2label": {"0": "contradiction", "1": "entailment"}, "label2id": {…}, "problem_type": null}
import * as v from "valibot";
import type { Task } from "../task.ts";
import type { ModelManifest } from "./manifest.ts";
import { findOutput, type GraphOutput } from "./graph-outputs.ts";
import { createLoadError } from "./model-files.ts";

/** The members of `config.json` that are about labels; what is odd in them is no matter to a model that has none. */
export const LabelEntries = {
  id2label: v.nullish(v.record(v.string(), v.unknown())),
  label2id: v.nullish(v.record(v.string(), v.unknown())),
  num_labels: v.nullish(v.number()),
  problem_type: v.nullish(v.unknown()),
};
export type LabelConfig = v.InferOutput<v.ObjectSchema<typeof LabelEntries, undefined>>;

/** More than any published model has; a number in a file is no reason to make more names. */
const MOST_LABELS = 100_000;

export function countLabels(config: LabelConfig | undefined): number | undefined {
  const names = config?.id2label ?? undefined;
  if (names !== undefined) return Object.keys(names).length;
  const count = config?.num_labels ?? 0;
  return Number.isInteger(count) && count > 0 && count <= MOST_LABELS ? count : undefined;
}

export type LabelFacts = Pick<ModelManifest, "labels" | "isMultiLabel" | "activation" | "inference">;

export const NO_LABELS: LabelFacts = { labels: [], isMultiLabel: false, activation: "none" };

export interface LabelSources {
  model: string;
  task: Task;
  config: LabelConfig | undefined;
  outputs: readonly GraphOutput[];
}

/** Throws where the graph gives something else than the task needs or than `config.json` has names for. */
export function createLabels({ model, task, config, outputs }: LabelSources): LabelFacts {
  const width = resolveWidth(model, task, outputs);
  const labels = createNames(model, config, width);
  if (width !== undefined && width !== labels.length) {
    const found = `found ${labels.length} labels in "config.json"`;
    throw createLoadError(model, `${found}, need ${width}, the width of the graph's output`);
  }
  const isMultiLabel = config?.problem_type === "multi_label_classification";
  const activation = resolveActivation(config?.problem_type, labels.length);
  const inference = task === "classify" ? findInference(labels, config?.label2id ?? {}) : undefined;
  return { labels, isMultiLabel, activation, ...(inference !== undefined && { inference }) };
}

/**
 * As transformers' TextClassificationPipeline chooses. `sentence_transformers.activation_fn` of the same file is for
 * sentence-transformers' CrossEncoder alone: that pipeline does not read it either, and rerank's scores are a sigmoid
 * by contract, whatever it says.
 */
function resolveActivation(problemType: unknown, labelCount: number): LabelFacts["activation"] {
  if (problemType === "regression") return "none";
  return problemType === "multi_label_classification" || labelCount === 1 ? "sigmoid" : "softmax";
}

/** `undefined` when the graph does not say it. */
function resolveWidth(model: string, task: Task, outputs: readonly GraphOutput[]): number | undefined {
  const output = findOutput(outputs, [2, 3]);
  const rank = task === "recognize" ? 3 : 2;
  if (output === undefined || output.dims.length === rank) return output?.dims.at(-1);
  const found = `found the output "${output.name}" of rank ${output.dims.length}`;
  throw createLoadError(model, `${found}, need rank ${rank} for the task "${task}"`, {
    hint: `Set models.${model}.task in termite.yaml to what the model is for`,
  });
}

/** transformers' own default is two labels. */
function createNames(model: string, config: LabelConfig | undefined, width: number | undefined): string[] {
  const names = config?.id2label ?? undefined;
  const count = countLabels(config) ?? Math.min(width ?? 2, MOST_LABELS);
  return Array.from({ length: count }, (_, index) => {
    const name = names === undefined ? `LABEL_${index}` : names[String(index)];
    if (typeof name === "string" || typeof name === "number") return String(name);
    throw createLoadError(model, `found no label ${index} among the ${count} of "config.json"`);
  });
}

/**
 * Entailment as transformers' zero-shot classification finds it: the first label that begins with "entail". Against it
 * stands the one that begins with "contradict"; transformers does not look for that name, but takes what is taken here
 * only where there is none: the last label if entailment is the first, and the first if it is not.
 */
function findInference(labels: readonly string[], label2id: Readonly<Record<string, unknown>>): ModelManifest["inference"] {
  const find = (start: string): number | undefined => findByName(labels, label2id, start);
  const entailment = find("entail");
  if (entailment === undefined) return undefined;
  return { entailment, contradiction: find("contradict") ?? (entailment === 0 ? labels.length - 1 : 0) };
}

function findByName(
  labels: readonly string[],
  label2id: Readonly<Record<string, unknown>>,
  start: string,
): number | undefined {
  const isIt = (label: string): boolean => label.toLowerCase().startsWith(start);
  const named = Object.entries(label2id).find(([label, id]) => isIt(label) && typeof id === "number" && id in labels);
  if (typeof named?.[1] === "number") return named[1];
  const index = labels.findIndex(isIt);
  return index < 0 ? undefined : index;
}
