// A text to the pieces of which chunks are made: none has more tokens than a chunk may have, none is cut where a
// coarser border would have done. One at a time, for there may be as many as characters. Pure.
import { splitAtSpaces, trimSpan } from "./spaces.ts";
import type { TextTokens } from "./token-count.ts";
import { createSentenceSplitter, type Span } from "./sentences.ts";
import type { ChunkRequest } from "../tasks.ts";

export interface Piece extends Span {
  /** The first part of a sentence that is too long for a chunk: it begins one, as the whole of it would have. */
  opens: boolean;
}

type Split = (span: Span) => Iterable<Span>;

export type PieceRequest = Pick<ChunkRequest, "text" | "method" | "separator" | "targetTokens">;

/**
 * "fixed" as the Go termite: what stands between separators; too long, its lines; too long, its sentences; words; and
 * where a word alone is too long, tokens. "sentence": what stands between separators is always cut into sentences. In
 * order, without the spaces around them; what is nothing but spaces is none.
 */
export function* createPieces(request: PieceRequest, tokens: TextTokens): Generator<Piece> {
  const { text, method, separator, targetTokens } = request;
  const bySentence: Split = createSentenceSplitter(text);
  const coarse: Split[] = method === "sentence" ? [] : [(span) => splitAtText(text, span, "\n"), bySentence];
  const fine: Split[] = [
    (span) => splitAtSpaces(text, span),
    (span) => splitAt(span, tokens.findBorders(span, "word")),
    (span) => splitAt(span, tokens.findBorders(span, "token")),
  ];
  function* cut(span: Span, [split, ...rest]: readonly Split[]): Generator<Span> {
    const trimmed = trimSpan(text, span);
    if (trimmed.start === trimmed.end) return;
    if (split === undefined || tokens.count(trimmed) <= targetTokens) return yield trimmed;
    for (const part of split(trimmed)) yield* cut(part, rest);
  }
  for (const part of splitAtText(text, { start: 0, end: text.length }, separator)) {
    for (const sentence of method === "sentence" ? bySentence(part) : cut(part, coarse)) {
      const { start, end } = trimSpan(text, sentence);
      for (const piece of cut({ start, end }, fine)) {
        yield { ...piece, opens: piece.start === start && piece.end < end };
      }
    }
  }
}

/** What stands between occurrences of a text; all of it where the text is empty. */
function* splitAtText(text: string, { start, end }: Span, separator: string): Generator<Span> {
  // Its own text, so that a search ends where the span does.
  const part = text.slice(start, end);
  let from = 0;
  for (let at = separator === "" ? -1 : part.indexOf(separator); at >= 0; at = part.indexOf(separator, from)) {
    yield { start: start + from, end: start + at };
    from = at + separator.length;
  }
  yield { start: start + from, end };
}

function* splitAt({ start, end }: Span, borders: Iterable<number>): Generator<Span> {
  let from = start;
  for (const border of borders) {
    yield { start: from, end: border };
    from = border;
  }
  yield { start: from, end };
}
