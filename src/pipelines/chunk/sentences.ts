// Where sentences of a text begin and end: Unicode's rules (UAX #29) as the runtime's ICU has them, the same on every
// machine whatever its locale. They need no dictionary and no model: "Dr. Smith" is two.

/** A part of a text in UTF-16 units, `end` excluded. */
export interface Span {
  start: number;
  end: number;
}

/**
 * Of parts of a text, one after another without a gap: the space behind a sentence belongs to it. A line break always
 * ends one. The rules take longer to open than a short text to split: one splitter serves for many parts.
 */
export function createSentenceSplitter(text: string): (span: Span) => Generator<Span> {
  const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });
  return function* ({ start, end }) {
    const segments = segmenter.segment(text.slice(start, end));
    for (const { index, segment } of segments) yield { start: start + index, end: start + index + segment.length };
  };
}
