// Text to ids and back: the interface over the native `tokenizers` addon, opened by `open.ts`. Every call that takes
// texts works off the event loop; once its signal aborts it begins no further text and rejects with its reason.

/** Which end of a text that is too long is kept back: "right" cuts its end off, "left" its beginning. */
export type TruncationDirection = "left" | "right";

/**
 * Which part of a pair is cut: the longer one until both are equally long, as transformers' cross-encoders do, or only
 * the first, as its zero-shot classifier does.
 */
export type PairStrategy = "longest_first" | "only_first";

export interface Encoded {
  /** Special tokens included, at most `limit` long. */
  ids: Int32Array;
  /** Absent when all zero. */
  typeIds?: Int32Array;
  /** Number of tokens before truncation. */
  fullLength: number;
}

/** All arrays have one entry a token of `ids`, `offsets` two. */
export interface DetailedEncoding extends Encoded {
  /** As the vocabulary spells them: "##ing", "Ġthe", "▁the". */
  tokens: string[];
  /**
   * Start and end of each token in Unicode code points of the text as it was given (a normalizer's changes are traced
   * back; what a caller changed itself is not); 0 and 0 for special tokens. Tokens may overlap: all tokens that share a
   * character name the whole of it. `createCodePointSlicer` gives their texts.
   */
  offsets: Int32Array;
  /** 1 for what the post-processor added; 0 for a special token that stands in the text itself. */
  special: Uint8Array;
  /** Number of the pre-tokenizer's word that the token is a piece of; -1 for special tokens. */
  wordIds: Int32Array;
}

export interface EncodeOptions {
  /** "right" when absent. */
  direction?: TruncationDirection | undefined;
}

export interface PairOptions extends EncodeOptions {
  /** "longest_first" when absent. */
  strategy?: PairStrategy | undefined;
}

export interface DetailOptions extends EncodeOptions {
  /** None when absent. */
  limit?: number | undefined;
  /** True when absent. */
  addSpecialTokens?: boolean | undefined;
}

export interface DecodeOptions {
  skipSpecialTokens: boolean;
}

export interface Tokenizer {
  /** Truncates as the tokenizer's own post-processor allows: special tokens are kept. */
  encode(
    texts: readonly string[],
    limit: number,
    signal?: AbortSignal,
    options?: EncodeOptions,
  ): Promise<Encoded[]>;
  /**
   * Both parts as the post-processor joins them. Special tokens are never cut. `input_too_long` when "only_first" would
   * have to cut all of the first part and more.
   */
  encodePairs(
    pairs: readonly (readonly [string, string])[],
    limit: number,
    signal?: AbortSignal,
    options?: PairOptions,
  ): Promise<Encoded[]>;
  encodeDetailed(texts: readonly string[], options?: DetailOptions, signal?: AbortSignal): Promise<DetailedEncoding[]>;
  /** Text of the ids, as far as the tokenizer can give it back; `invalid_request` for an id that it does not have. */
  decode(ids: readonly number[], options: DecodeOptions): Promise<string>;
  /** Tokens of a prompt alone without the special one at its end: what pooling leaves out where a model says so. */
  countPrompt(prompt: string): Promise<number>;
  /** The token as the vocabulary spells it. */
  findToken(id: number): string | undefined;
  /** Number of tokens, added ones included. */
  readonly vocabularySize: number;
}
