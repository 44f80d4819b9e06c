// The typed embedding request that every dialect is turned into, and its typed result.

export interface EmbedRequest {
  /** As the client wrote it. */
  model: string;
  texts: readonly string[];
  /** False: a text over the model's limit is `input_too_long` instead of cut. */
  truncate: boolean;
  dimensions?: number | undefined;
  /** The name of one of the model's prompts, instead of its default one. */
  prompt?: string | undefined;
  signal: AbortSignal;
}

export interface EmbedResult {
  /** The model that really answered. */
  model: string;
  /** In the texts' order, all of the same length. */
  vectors: Float32Array[];
  /** What the model saw: special tokens included, after truncation. */
  promptTokens: number;
  /** Nanoseconds that this request waited for the model to load; 0 when it was loaded. */
  loadNs: number;
}

export interface Embedder {
  embed(request: EmbedRequest): Promise<EmbedResult>;
  /** Loads a model ahead of its first request. */
  preload(model: string, signal?: AbortSignal): Promise<void>;
}
