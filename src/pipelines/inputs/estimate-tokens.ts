// About how many tokens a request will be, by the size of its texts alone: enough to refuse it before any work is done for
// it. What is let in is counted exactly once it is tokenized. Pure.

/** Of UTF-8: English has four to five bytes a token, Chinese three; what no vocabulary knows has fewer. */
const BYTES_PER_TOKEN = 4;
/** Of single texts and of each part of a pair. */
const SPECIAL_TOKENS = 2;

/** Each text cut at `limit`. */
export function estimateTexts(texts: readonly string[], limit: number): number {
  return texts.reduce((sum, text) => sum + estimateText(text, limit), 0);
}

/** Each of `texts` beside `other`, the pair cut at `limit`. */
export function estimatePairs(other: string, texts: readonly string[], limit: number): number {
  const shared = estimateText(other, limit);
  return texts.reduce((sum, text) => sum + Math.min(limit, shared + estimateText(text, limit)), 0);
}

/** `limit` is `Infinity` for a text that is not cut. */
export function estimateText(text: string, limit: number): number {
  // A UTF-16 unit is at least one byte: no need to count a long text.
  if (text.length >= limit * BYTES_PER_TOKEN) return limit;
  return Math.min(limit, SPECIAL_TOKENS + Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN));
}
