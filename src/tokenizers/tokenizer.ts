// Text to ids: the interface over the native `tokenizers` addon, opened by `open.ts`.

export interface Encoded {
  /** Special tokens included, at most `limit` long. */
  ids: Int32Array;
  /** Absent when all zero. */
  typeIds?: Int32Array;
  /** Number of tokens before truncation. */
  fullLength: number;
}

export interface Tokenizer {
  /**
   * Off the event loop. Truncates as the tokenizer's own post-processor allows: special tokens are kept. Once the
   * signal aborts no further text is begun; rejects with its reason.
   */
  encode(texts: readonly string[], limit: number, signal?: AbortSignal): Promise<Encoded[]>;
  /** Tokens of a prompt alone without the special one at its end: what pooling leaves out where a model says so. */
  countPrompt(prompt: string): Promise<number>;
}
