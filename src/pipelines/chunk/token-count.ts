// The tokens of a whole text, for questions about its parts: how many a part has, and where it may be cut.
import type { DetailedEncoding } from "../../tokenizers/tokenizer.ts";
import { findFirst, type Offsets } from "./offsets.ts";
import { isSpace } from "./spaces.ts";
import type { Span } from "./sentences.ts";
import { workInTurns } from "../results/turns.ts";

export interface TextTokens {
  /** Tokens that begin in the part. Counted in the whole text, so that parts that touch add up. */
  count(span: Span): number;
  /** The number of tokens that begin before a place. */
  countBefore(unit: number): number;
  /** Where the token of that number begins. */
  findStart(token: number): number | undefined;
  /** Where words (of the tokenizer), or else tokens, begin behind the part's first character, in order. */
  findBorders(span: Span, kind: "word" | "token"): Generator<number, undefined>;
}

export interface TokenSource {
  text: string;
  encoding: Pick<DetailedEncoding, "offsets" | "wordIds">;
  offsets: Offsets;
  signal: AbortSignal;
}

/** Of an encoding of `text` without special tokens. */
export async function createTextTokens(source: TokenSource): Promise<TextTokens> {
  const { starts, borders } = await readStarts(source);
  const countBefore = (unit: number): number => findFirst(starts.length, (index) => (starts[index] ?? 0) >= unit);
  return {
    countBefore,
    findStart: (token) => starts[token],
    count: ({ start, end }) => countBefore(end) - countBefore(start),
    findBorders: function* (span, kind) {
      const last = countBefore(span.end);
      for (let index = countBefore(span.start + 1); index < last; index++) {
        if ((borders[index] ?? 0) >= (kind === "word" ? WORD : TOKEN)) yield starts[index] ?? 0;
      }
      return undefined;
    },
  };
}

/**
 * What begins with a token: a token or a word; neither (0) with one that is a space, or shares a character with one before
 * it (bytes of an emoji).
 */
const [TOKEN, WORD] = [1, 2];

interface Starts {
  /** Of each token, never less than that of the one before it. */
  starts: Int32Array;
  borders: Uint8Array;
}

async function readStarts({ text, encoding, offsets, signal }: TokenSource): Promise<Starts> {
  const { offsets: pairs, wordIds } = encoding;
  const starts = new Int32Array(wordIds.length);
  const borders = new Uint8Array(wordIds.length);
  let [lastStart, lastEnd, lastWord] = [0, 0, -1];
  await workInTurns(wordIds.entries(), signal, ([index, word]) => {
    const end = offsets.toUnits(pairs[2 * index + 1] ?? 0);
    const start = Math.max(lastStart, skipSpaces(text, offsets.toUnits(pairs[2 * index] ?? 0), end));
    const isBorder = start >= lastEnd && !isSpace(text.charCodeAt(start));
    borders[index] = !isBorder ? 0 : word < 0 || word !== lastWord ? WORD : TOKEN;
    starts[index] = start;
    [lastStart, lastEnd, lastWord] = [start, Math.max(lastEnd, end), word];
  });
  return { starts, borders };
}

/** Some tokenizers count the space before a word as its own: "▁world". A token of spaces alone begins where they do. */
function skipSpaces(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && isSpace(text.charCodeAt(at))) at++;
  return at === end ? start : at;
}
