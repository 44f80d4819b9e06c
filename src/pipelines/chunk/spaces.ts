// Spaces at the ends of a part of a text, by code unit: none of them is outside the basic plane. Pure.
import type { Span } from "./sentences.ts";

/** Unicode's White_Space, as Go's `unicode.IsSpace` has it: a zero-width or byte-order mark is text. */
export function isSpace(unit: number): boolean {
  return unit === 32 || (unit >= 9 && unit <= 13) || (unit > 127 && OTHER_SPACE.test(String.fromCharCode(unit)));
}

const OTHER_SPACE = /\p{White_Space}/u;

/** The part without the spaces around it; empty where it is nothing else. */
export function trimSpan(text: string, span: Span): Span {
  let { start, end } = span;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return { start, end };
}

/** What stands between spaces. */
export function* splitAtSpaces(text: string, { start, end }: Span): Generator<Span> {
  let from = start;
  for (let at = start; at <= end; at++) {
    if (at < end && !isSpace(text.charCodeAt(at))) continue;
    if (at > from) yield { start: from, end: at };
    from = at + 1;
  }
}
