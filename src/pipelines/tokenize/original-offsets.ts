// Tokens of a text as its client wrote it. Where a model wants lower case (`do_lower_case` of sentence-transformers)
// the tokenizer sees another text, and this traces its offsets back; what a tokenizer's own normalizer changes it traces
// itself.
import type { DetailedEncoding, DetailOptions, Tokenizer } from "../../tokenizers/tokenizer.ts";

/** The one character whose lower case has more code points than itself (Unicode's SpecialCasing): "i" and a dot. */
const GROWS = "\u0130";

/** As `encodeDetailed`, of the texts in lower case where `lowerCase` says so; offsets are always those of `texts`. */
export async function encodeOriginals(
  tokenizer: Pick<Tokenizer, "encodeDetailed">,
  { lowerCase }: { lowerCase: boolean },
  texts: readonly string[],
  { signal, ...options }: DetailOptions & { signal: AbortSignal },
): Promise<DetailedEncoding[]> {
  if (!lowerCase) return await tokenizer.encodeDetailed(texts, options, signal);
  const encodings = await tokenizer.encodeDetailed(texts.map((text) => text.toLowerCase()), options, signal);
  return encodings.map((encoding, index) => traceBack(encoding, texts[index] ?? ""));
}

function traceBack(encoding: DetailedEncoding, text: string): DetailedEncoding {
  if (!text.includes(GROWS)) return encoding;
  const origins = readOrigins(text);
  const resolve = (offset: number): number => origins[offset] ?? origins.at(-1) ?? 0;
  // An end is behind the character that it ends with, of which a part is the whole.
  const resolveEnd = (end: number): number => (end === 0 ? 0 : resolve(end - 1) + 1);
  const offsets = encoding.offsets.map((offset, index) => (index % 2 === 0 ? resolve(offset) : resolveEnd(offset)));
  return { ...encoding, offsets };
}

/** Of each code point in lower case, which one of the text it comes from; one more for the end. */
function readOrigins(text: string): number[] {
  const origins: number[] = [];
  let index = 0;
  for (const character of text) {
    origins.push(index);
    if (character === GROWS) origins.push(index);
    index += 1;
  }
  return [...origins, index];
}
