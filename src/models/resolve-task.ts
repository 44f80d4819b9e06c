// What a model is for, from what was read of it. Pure: the first of its files that says it decides, and is named.
import type { Task } from "../task.ts";
import { findOutput, type GraphOutput } from "./graph-outputs.ts";
import type { ModelKind } from "./model-name.ts";

export interface TaskFacts {
  /** `models.<name>.task`. */
  override: Task | undefined;
  /** The first folder. */
  kind: ModelKind | undefined;
  /** Class names of `modules.json` with their packages. */
  modules: readonly string[];
  /** Whether there is a `1_Pooling/config.json`, which counts without `modules.json` too. */
  hasPooling: boolean;
  /** `model_type` of `config_sentence_transformers.json`: "CrossEncoder". */
  sentenceType: string | undefined;
  /** Of `config.json`, and how many labels it has. */
  architectures: readonly string[];
  labelCount: number | undefined;
  vocabularySize: number | undefined;
  /** Asked only where `config.json` decides; empty when the graph cannot be read. */
  outputs: () => readonly GraphOutput[];
}

export interface TaskChoice {
  task: Task;
  taskOrigin: string;
}

const KIND_TASKS: Readonly<Partial<Record<ModelKind, Task>>> = {
  rerankers: "rerank",
  classifiers: "classify",
  recognizers: "recognize",
};

/** `embedders` holds both kinds of embedding: which of them is said by the files. */
export function resolveTask(facts: TaskFacts): TaskChoice {
  if (facts.override !== undefined) return { task: facts.override, taskOrigin: "termite.yaml" };
  const task = facts.kind === undefined ? undefined : KIND_TASKS[facts.kind];
  if (task !== undefined) return { task, taskOrigin: formatKind(facts.kind) };
  const found = findModuleTask(facts) ?? findSentenceTask(facts) ?? findArchitectureTask(facts);
  if (facts.kind !== "embedders") return found ?? { task: "embed", taskOrigin: "default: no file says it" };
  return found?.task === "sparse" ? found : { task: "embed", taskOrigin: formatKind(facts.kind) };
}

function formatKind(kind: ModelKind | undefined): string {
  return `the folder "${kind}"`;
}

/** "sentence_transformers.sparse_encoder.models.SpladePooling", "sentence_transformers.models.Pooling". */
function findModuleTask(facts: TaskFacts): TaskChoice | undefined {
  const has = (pattern: RegExp): boolean => facts.modules.some((name) => pattern.test(name));
  if (has(/\.sparse_encoder\.|(^|\.)(SpladePooling|MLMTransformer)$/)) return { task: "sparse", taskOrigin: "modules.json" };
  if (has(/\.cross_encoder\.|(^|\.)LogitScore$/)) return { task: resolvePairTask(facts), taskOrigin: "modules.json" };
  if (has(/(^|\.)Pooling$/)) return { task: "embed", taskOrigin: "modules.json" };
  return facts.hasPooling ? { task: "embed", taskOrigin: "1_Pooling/config.json" } : undefined;
}

function findSentenceTask(facts: TaskFacts): TaskChoice | undefined {
  const taskOrigin = "config_sentence_transformers.json";
  if (facts.sentenceType === "CrossEncoder") return { task: resolvePairTask(facts), taskOrigin };
  if (facts.sentenceType === "SparseEncoder") return { task: "sparse", taskOrigin };
  return facts.sentenceType === "SentenceTransformer" ? { task: "embed", taskOrigin } : undefined;
}

/**
 * "BertForSequenceClassification". Conversions keep the name of the class that a model was trained as, also where the
 * graph ends before its head (most embedding models that say "ForMaskedLM"): so the graph must give what the name says.
 */
function findArchitectureTask(facts: TaskFacts): TaskChoice | undefined {
  const taskOrigin = "config.json";
  const is = (suffix: string): boolean => facts.architectures.some((name) => name.endsWith(suffix));
  const findRank = (): number | undefined => findOutput(facts.outputs(), [2, 3])?.dims.length;
  if (is("ForSequenceClassification") && findRank() !== 3) return { task: resolvePairTask(facts), taskOrigin };
  if (is("ForTokenClassification") && findRank() !== 2) return { task: "recognize", taskOrigin };
  if (is("ForMaskedLM") && hasVocabularyOutput(facts)) return { task: "sparse", taskOrigin };
  return is("Model") ? { task: "embed", taskOrigin } : undefined;
}

/** A model of one label says how well two texts fit; several labels are names of classes. */
function resolvePairTask(facts: TaskFacts): Task {
  const count = facts.labelCount ?? findOutput(facts.outputs(), [2])?.dims[1];
  return count === 1 ? "rerank" : "classify";
}

/** As wide as the vocabulary, or called so where the graph does not say its width. */
function hasVocabularyOutput({ outputs, vocabularySize }: TaskFacts): boolean {
  const output = findOutput(outputs(), [3]);
  const width = output?.dims[2];
  if (width === undefined || vocabularySize === undefined) return /logits/.test(output?.name ?? "");
  return width >= vocabularySize;
}
