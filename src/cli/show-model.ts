// What `termite show` tells of a model: its manifest and what this build and configuration add, as JSON and as rows. Pure.
import type { DenseStep, NormalizeStep } from "../heads/head.ts";
import { HEAD_NAMES } from "../models/manifest.ts";
import type { ModelManifest } from "../models/manifest.ts";
import type { Weights } from "../models/weights.ts";
import type { Target } from "../target.ts";
import { formatBytes } from "../format-bytes.ts";

/** 22600000 as "22.6M". */
const COUNTS = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export interface ModelSurroundings {
  weights: Weights;
  /** True where `models.<name>.dimensions` says the sizes. */
  hasOwnDimensions: boolean;
  targets: readonly RunnableTarget[];
  aliases: readonly string[];
}

/** An engine that can be used here. */
export interface RunnableTarget {
  target: Target;
  library: string;
  /** Empty where nothing says it: a library placed by hand. */
  version: string;
}

export type ModelReport = ReturnType<typeof createModelReport>;

export function createModelReport(manifest: ModelManifest, { weights, hasOwnDimensions, targets, aliases }: ModelSurroundings) {
  const { id, task, taskOrigin, embedded, graphFile, tokenizerFile, digest, sizeBytes, modifiedAt } = manifest;
  const { architecture, maxTokens, maxTokensOrigin, lowerCase, prompts, defaultPrompt, labels, isMultiLabel, activation } = manifest;
  return {
    id, task, taskOrigin, embedded, graphFile, tokenizerFile, digest, sizeBytes, modifiedAt,
    architecture: architecture ?? null,
    parameters: weights.parameters ?? null,
    quantization: weights.quantization ?? null,
    maxTokens, maxTokensOrigin, lowerCase,
    pooling: createPooling(manifest),
    dimensions: createDimensions(manifest, hasOwnDimensions),
    prompts, defaultPrompt, labels, isMultiLabel, activation,
    inference: createInference(manifest),
    targets, aliases,
  };
}

function createPooling({ heads, poolingOrigin, includePrompt }: ModelManifest) {
  const head = heads[HEAD_NAMES.embed];
  if (head?.kind !== "pool") return null;
  return { modes: head.modes, origin: poolingOrigin, steps: head.steps.map(formatStep), includePrompt };
}

/** Without the weights. Sample: "dense 768 to 256, tanh". */
function formatStep(step: DenseStep | NormalizeStep): string {
  return step.kind === "dense" ? `dense ${step.inFeatures} to ${step.outFeatures}, ${step.activation}` : step.kind;
}

/** `null` for a model without vectors; `native` is `null` where only a run can tell. */
function createDimensions({ task, nativeDimensions, dimensions }: ModelManifest, isOwn: boolean) {
  if (task !== "embed") return null;
  const origin = isOwn ? "termite.yaml" : "config.json";
  return { native: nativeDimensions ?? null, permitted: dimensions, permittedOrigin: dimensions.length > 0 ? origin : null };
}

function createInference({ labels, inference }: ModelManifest) {
  if (inference === undefined) return null;
  const { entailment, contradiction } = inference;
  return { entailment: labels[entailment] ?? null, contradiction: labels[contradiction ?? -1] ?? null };
}

type Row = readonly [property: string, value: string, from: string];

/** Property, value, and the file that says it; what a model of the task does not have has no row. */
export function formatModelRows(report: ModelReport): string[][] {
  const { id, task, taskOrigin, embedded, graphFile, sizeBytes, architecture, targets, aliases } = report;
  const rows: Row[] = [
    ["model", id, embedded ? "the executable" : ""],
    ["task", task, taskOrigin],
    ["graph", graphFile, ""],
    ["size", [formatBytes(sizeBytes), ...formatWeights(report)].join(", "), ""],
    ["architecture", architecture ?? "", architecture === null ? "" : "config.json"],
    ["max tokens", String(report.maxTokens), report.maxTokensOrigin],
    ...(report.lowerCase ? [["lower case", "every text", "sentence_bert_config.json"] as const] : []),
    ...listPoolingRows(report),
    ...Object.entries(report.prompts).map(([name, text]) => [`prompt ${name}`, JSON.stringify(text), ""] as const),
    ...(report.defaultPrompt !== "" ? [["default prompt", JSON.stringify(report.defaultPrompt), ""] as const] : []),
    ...listLabelRows(report),
    ...targets.map(({ target, library, version }) => ["runs on", target, `${library} ${version}`.trimEnd()] as const),
    ...(aliases.length > 0 ? [["aliases", aliases.join(", "), "termite.yaml"] as const] : []),
  ];
  return rows.map((row) => [...row]);
}

/** Sample: "22.6M parameters", "most of them I8". */
function formatWeights({ parameters, quantization }: ModelReport): string[] {
  return [
    ...(parameters === null ? [] : [`${COUNTS.format(parameters)} parameters`]),
    ...(quantization === null ? [] : [`most of them ${quantization}`]),
  ];
}

function listPoolingRows({ pooling, dimensions }: ModelReport): Row[] {
  if (pooling === null || dimensions === null) return [];
  const { native, permitted, permittedOrigin } = dimensions;
  return [
    ["pooling", pooling.modes.join(" + "), pooling.origin],
    ...pooling.steps.map((step) => ["then", step, "modules.json"] as const),
    ...(pooling.includePrompt ? [] : [["prompt's tokens", "left out of the pooling", pooling.origin] as const]),
    ["dimensions", native === null ? "known once it has run" : String(native), ""],
    ...(permittedOrigin === null ? [] : [["smaller sizes", permitted.join(", "), permittedOrigin] as const]),
  ];
}

function listLabelRows({ labels, isMultiLabel, inference }: ModelReport): Row[] {
  if (labels.length === 0) return [];
  const row: Row = ["labels", labels.join(", "), isMultiLabel ? "config.json, each judged for itself" : "config.json"];
  return inference === null ? [row] : [row, ["own labels by", inference.entailment ?? "", "config.json"]];
}
