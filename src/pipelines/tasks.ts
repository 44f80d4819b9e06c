// The typed request and result of every task but embedding (see `embed-request.ts`), whatever dialect it came in. Scores,
// labels and offsets are what the model's authors define; see the pipeline of each task for the formulas.
import type { TruncationDirection } from "../tokenizers/tokenizer.ts";

/** What every task asks of a model. */
export interface TaskRequest {
  /** As the client wrote it; an alias is fine. */
  model: string;
  /** False: an input over the model's limit is `input_too_long` instead of cut. */
  truncate: boolean;
  /** Which end of a text that is too long is cut off; "right" when absent. */
  direction?: TruncationDirection | undefined;
  keepAliveMs?: number | undefined;
  /** Who asks, as far as it is known. */
  client?: string | undefined;
  signal: AbortSignal;
}

export interface TaskResult {
  /** The model that really answered. */
  model: string;
  /** What the model saw: special tokens included, after truncation, summed over every run that was needed. */
  promptTokens: number;
  /** Nanoseconds that this request waited for the model to load; 0 when it was loaded. */
  loadNs: number;
}

export interface RerankRequest extends TaskRequest {
  query: string;
  texts: readonly string[];
  /** True: logits as they are; false: sigmoid of a model's one logit. */
  rawScores: boolean;
}

export interface RerankResult extends TaskResult {
  /** One a text, in the texts' order. */
  scores: number[];
}

export interface Reranker {
  rerank(request: RerankRequest): Promise<RerankResult>;
}

export interface LabelScore {
  label: string;
  score: number;
}

/** One text, or two that belong together (premise and hypothesis). */
export type TextOrPair = string | readonly [string, string];

export interface ClassifyRequest extends TaskRequest {
  inputs: readonly TextOrPair[];
  /** True: logits; false: what the model's `activation` makes of them. */
  rawScores: boolean;
}

/** What is judged of each label where nobody says it: transformers' sentence. */
export const DEFAULT_HYPOTHESIS = "This example is {}.";

/** Labels of the client's own, judged by a model of natural-language inference. */
export interface ZeroShotRequest extends TaskRequest {
  texts: readonly string[];
  labels: readonly string[];
  /** Holds `{}` once, where the label goes. */
  hypothesisTemplate: string;
  /** True: each label for itself, entailment against contradiction; false: the labels against each other. */
  multiLabel: boolean;
}

export interface ClassifyResult extends TaskResult {
  /** One list an input, best score first; equal scores in the labels' order. */
  classifications: LabelScore[][];
}

export interface Classifier {
  classify(request: ClassifyRequest): Promise<ClassifyResult>;
  classifyZeroShot(request: ZeroShotRequest): Promise<ClassifyResult>;
}

/** How tokens of one entity become one: the strategies of transformers' token classification. */
export const AGGREGATIONS = ["simple", "first", "average", "max"] as const;
export type Aggregation = (typeof AGGREGATIONS)[number];

export interface RecognizeRequest extends TaskRequest {
  texts: readonly string[];
  aggregation: Aggregation;
  /** Tokens that neighbouring windows of a long text share; absent: the text is cut at the model's limit. */
  stride?: number | undefined;
}

export interface Entity {
  /** The slice of the input from `start` to `end`. */
  text: string;
  /** Without "B-" and "I-". */
  label: string;
  /** In Unicode code points of the input; `end` is behind the last one. */
  start: number;
  end: number;
  score: number;
}

export interface RecognizeResult extends TaskResult {
  /** One list a text, by position. */
  entities: Entity[][];
}

export interface Recognizer {
  recognize(request: RecognizeRequest): Promise<RecognizeResult>;
}

export interface SparseVector {
  /** Vocabulary entries, ascending. */
  indices: Int32Array;
  values: Float32Array;
}

export interface TextsRequest extends TaskRequest {
  texts: readonly string[];
  /** Name of one of the model's prompts, instead of its default one. */
  prompt?: string | undefined;
}

export interface SparseResult extends TaskResult {
  vectors: SparseVector[];
}

export interface TokenVectorsResult extends TaskResult {
  /** One list a text; one vector a token, special tokens included, as the model gives them (no pooling, not normalised). */
  vectors: Float32Array[][];
}

export interface SparseEmbedder {
  embedSparse(request: TextsRequest): Promise<SparseResult>;
}

export interface TokenEmbedder {
  embedTokens(request: TextsRequest): Promise<TokenVectorsResult>;
}

export interface SimilarityRequest extends TaskRequest {
  source: string;
  texts: readonly string[];
  prompt?: string | undefined;
}

export interface SimilarityResult extends TaskResult {
  /** Cosine of the source's vector and each text's, in the texts' order. */
  similarities: number[];
}

export interface SimilarityMeter {
  similarity(request: SimilarityRequest): Promise<SimilarityResult>;
}

export interface TokenDetail {
  id: number;
  text: string;
  special: boolean;
  /** Code points of the input; absent for special tokens. */
  start?: number;
  stop?: number;
}

export interface TokenizeRequest {
  model: string;
  texts: readonly string[];
  addSpecialTokens: boolean;
  prompt?: string | undefined;
  signal: AbortSignal;
}

export interface DecodeRequest {
  model: string;
  ids: readonly (readonly number[])[];
  skipSpecialTokens: boolean;
  signal: AbortSignal;
}

/** Needs the model's tokenizer alone: its graph is not loaded for it. */
export interface TokenizerService {
  tokenize(request: TokenizeRequest): Promise<{ model: string; tokens: TokenDetail[][] }>;
  decode(request: DecodeRequest): Promise<{ model: string; texts: string[] }>;
}

export interface ChunkRequest {
  text: string;
  /** "fixed": pieces of about `targetTokens` at separators; "sentence": whole sentences up to `targetTokens`. */
  method: "fixed" | "sentence";
  targetTokens: number;
  overlapTokens: number;
  separator: string;
  maxChunks: number;
  /** The model whose tokens are counted. */
  model: string;
  signal: AbortSignal;
}

export interface Chunk {
  id: number;
  /** Exactly the slice of the input from `startChar` to `endChar`. */
  text: string;
  /** In Unicode code points of the input. */
  startChar: number;
  endChar: number;
}

export interface Chunker {
  chunk(request: ChunkRequest): Promise<{ model: string; chunks: Chunk[] }>;
}

/** Everything but embedding that the server can be asked for. */
export interface Tasks
  extends Reranker, Classifier, Recognizer, SparseEmbedder, TokenEmbedder, SimilarityMeter, TokenizerService, Chunker {}
