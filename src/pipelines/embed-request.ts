// The typed embedding request that every dialect is turned into, its typed result, and what is known of loaded models.
import type { ModelManifest } from "../models/manifest.ts";
import type { TruncationDirection } from "../tokenizers/tokenizer.ts";

export interface EmbedRequest {
  /** As the client wrote it. */
  model: string;
  texts: readonly string[];
  /** The model's own ids, special tokens included, instead of `texts`, which are none then. No prompt is added. */
  tokenIds?: readonly (readonly number[])[] | undefined;
  /** False: a text over the model's limit is `input_too_long` instead of cut. */
  truncate: boolean;
  /** Which end of a text that is too long is cut off; "right" when absent. */
  direction?: TruncationDirection | undefined;
  dimensions?: number | undefined;
  /**
   * True: vectors of length 1, whatever the model's authors say; false: as pooling and Dense give them, without a
   * Normalize at the end, and a cut by `dimensions` stays as it is. Absent: as the authors define them.
   */
  normalize?: boolean | undefined;
  /** The name of one of the model's prompts, instead of its default one. */
  prompt?: string | undefined;
  /** How long the model stays loaded after its last use, from this request on; 0: not at all, `Infinity`: for ever. */
  keepAliveMs?: number | undefined;
  /** Who asks, as far as it is known. */
  client?: string | undefined;
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

/** A model with no text to embed. */
export interface PreloadOptions extends Pick<EmbedRequest, "keepAliveMs"> {
  signal?: AbortSignal | undefined;
}

/**
 * What a model on its way into the runner waits for: others to leave, its tokenizer, its graph. The last one is that of a
 * loaded model, whose engine may compile more programs for it.
 */
export type LoadPhase = "room" | "tokenizer" | "session" | "programs";

export interface LoadProgress {
  phase: LoadPhase;
  /** When the phase began, in milliseconds since 1970. */
  sinceMs: number;
}

/** A model that is in the runner, or on its way into it. */
export interface LoadedSummary {
  manifest: ModelManifest;
  isLoaded: boolean;
  progress: LoadProgress;
  /** When it is unloaded if nobody asks for it from now on, in milliseconds since 1970; `Infinity`: never. */
  expiresAtMs: number;
}

export interface Embedder {
  embed(request: EmbedRequest): Promise<EmbedResult>;
  /** Loads a model ahead of its first request. */
  preload(model: string, options?: PreloadOptions): Promise<Pick<EmbedResult, "model" | "loadNs">>;
  /** Has a model leave as soon as nobody uses it; the id of the one that is meant. Loads nothing. */
  unload(model: string): Promise<string>;
  /** Every model from its first use until it is unloaded. */
  loaded(): LoadedSummary[];
}
