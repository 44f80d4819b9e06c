// What is known of one model before it is loaded, read from its own files. Plain data.
import type { Head } from "../heads/head.ts";
import type { Precision, Target } from "../target.ts";
import type { Task } from "../task.ts";
import type { ModelKind } from "./model-name.ts";
import type { Weights } from "./weights.ts";

/** What a model is for, as its files (or `models.<name>.task`) say it. */
export { TASKS } from "../task.ts";
export type { Task } from "../task.ts";

/** Names of heads, as every model of a task has them in the runner. */
export const HEAD_NAMES = {
  /** Task "embed": one vector a text, and every token's vector. */
  embed: "embed",
  tokens: "tokens",
  /** Tasks "rerank", "classify" (one row a text) and "recognize" (one row a token). */
  logits: "logits",
  /** Task "sparse". */
  sparse: "sparse",
} as const;

export interface ModelManifest {
  /** Folder name relative to its kind, with `:variant` where one is meant: "bge-small-en-v1.5", "BAAI/x:int8". */
  id: string;
  /** True for the model inside the executable. */
  embedded: boolean;
  graphFile: string;
  tokenizerFile: string;
  /** Changes whenever one of the files that decide the answer changes (path, size, mtime of each). */
  fingerprint: string;
  /** The same as 64 hexadecimal digits, for clients; of the model inside the executable the hash of its content. */
  digest: string;
  /** As in `ModelSummary`. */
  sizeBytes: number;
  modifiedAt: number;
  /** `model_type` of its `config.json`: "bert". */
  architecture: string | undefined;
  /** Longest input in tokens, special tokens included, and where that number comes from ("sentence_bert_config.json"). */
  maxTokens: number;
  maxTokensOrigin: string;
  lowerCase: boolean;
  task: Task;
  /** Where the task comes from: "config.json", "modules.json", "the folder \"rerankers\"", "termite.yaml", or "default". */
  taskOrigin: string;
  /** What `models.<name>` says of how it is run: on which target, and what an XLA engine computes with. */
  target?: Target;
  precision?: Precision;
  /** What `models.<name>` says of how large its batches are. */
  maxBatchTokens?: number;
  /** By name (`HEAD_NAMES`), for the runner. */
  heads: Readonly<Record<string, Head>>;
  /** Of each logit, in order ("id2label"); empty for embedding and sparse models. */
  labels: readonly string[];
  /** True where each label is judged for itself (`problem_type` is "multi_label_classification"). */
  isMultiLabel: boolean;
  /** What makes scores of the logits that classify. A reranker's one logit always has its sigmoid as score. */
  activation: "softmax" | "sigmoid" | "none";
  /** Of a model of natural-language inference: which logits say so. */
  inference?: { entailment: number; contradiction?: number };
  /** Where the pooling comes from ("1_Pooling/config.json", "termite.yaml", or "default: no pooling files"). */
  poolingOrigin: string;
  /** False when pooling leaves the prompt's tokens out. */
  includePrompt: boolean;
  prompts: Readonly<Record<string, string>>;
  /** The text put before every input, "" for none. */
  defaultPrompt: string;
  /** The size of a vector when the files say it, and the smaller sizes that the model is trained for. */
  nativeDimensions: number | undefined;
  dimensions: readonly number[];
}

/** A line of `termite models` and `/v1/models`. */
export interface ModelSummary {
  id: string;
  task?: Task;
  /** The first folder that says what it is for, where one does. */
  kind?: ModelKind;
  embedded: boolean;
  /** Bytes of the graph (and its external data) on disk, or inside the executable. */
  sizeBytes: number;
  /** Unix seconds of the graph file's last change; the build's date for the embedded model. */
  modifiedAt: number;
  /** Why it cannot be used, when it cannot. */
  problem?: string;
}

/** What is told of a model that need not be loaded for it. */
export type ModelIdentity =
  Pick<ModelManifest, "id" | "task" | "embedded" | "digest" | "sizeBytes" | "modifiedAt" | "architecture">;

export interface ModelDescription extends ModelIdentity {
  weights: Weights;
}

export interface ModelStore {
  /** Every model on disk and the embedded one, sorted by id; reads the folder anew at each call. */
  list(): Promise<ModelSummary[]>;
  /** The manifest that answers to `name` ("x", "x:latest", "owner/x:variant", "embedders/x"); `model_not_found` with the nearest names. */
  resolve(name: string): Promise<ModelManifest>;
  /** As `resolve`, but keeps nothing large and never extracts the embedded model: little is known of that until it is used. */
  identify(name: string): Promise<ModelIdentity>;
  /** As `identify`, with what is counted in the graph. */
  describe(name: string): Promise<ModelDescription>;
}
