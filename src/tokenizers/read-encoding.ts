// Encodings of the native library to typed arrays, cut to a limit. The library's own truncation is switched off for the
// whole tokenizer, so a long text is cut after it was encoded and gets back the special tokens that went with its end:
// what the library itself would give, without a second vocabulary (over 100 MB for XLM-R) or a second pass.
import type { Encoding } from "tokenizers";
import { NO_AFFIXES } from "./affixes.ts";
import type { Affix, Affixes } from "./affixes.ts";
import type { DetailedEncoding, Encoded, TruncationDirection } from "./tokenizer.ts";

export interface Cut {
  limit: number;
  direction: TruncationDirection;
  affixes: Affixes;
}

/** Cuts the native encoding itself. */
export function readEncoding(encoding: Encoding, cut: Cut): Encoded {
  const fullLength = encoding.getLength();
  return readIds(encoding, cutEncoding(encoding, cut), fullLength);
}

/** Cuts the native encoding itself. */
export function readDetailedEncoding(encoding: Encoding, cut: Cut): DetailedEncoding {
  const fullLength = encoding.getLength();
  const { prefix, suffix } = cutEncoding(encoding, cut);
  const fill = (affix: Affix, value: number): number[] => affix.ids.map(() => value);
  const words = encoding.getWordIds().map((word) => word ?? -1);
  const offsets = encoding.getOffsets().flat();
  const offsetsOf = (affix: Affix): number[] => [...fill(affix, 0), ...fill(affix, 0)];
  return {
    ...readIds(encoding, { prefix, suffix }, fullLength),
    tokens: [...prefix.tokens, ...encoding.getTokens(), ...suffix.tokens],
    offsets: joinNumbers(offsetsOf(prefix), offsets, offsetsOf(suffix)),
    special: Uint8Array.from([...fill(prefix, 1), ...encoding.getSpecialTokensMask(), ...fill(suffix, 1)]),
    wordIds: joinNumbers(fill(prefix, -1), words, fill(suffix, -1)),
  };
}

/** Shortens a long encoding; the affixes that it lost by that, none for a short one. */
function cutEncoding(encoding: Encoding, { limit, direction, affixes }: Cut): Affixes {
  if (encoding.getLength() <= limit) return NO_AFFIXES;
  const { prefix, suffix } = affixes;
  const lost = direction === "right" ? { ...NO_AFFIXES, suffix } : { ...NO_AFFIXES, prefix };
  const kept = limit - lost.prefix.ids.length - lost.suffix.ids.length;
  encoding.truncate(Math.max(0, kept), 0, direction);
  return lost;
}

function readIds(encoding: Encoding, { prefix, suffix }: Affixes, fullLength: number): Encoded {
  const ids = joinNumbers(prefix.ids, encoding.getIds(), suffix.ids);
  return createEncoded(ids, joinNumbers(prefix.typeIds, encoding.getTypeIds(), suffix.typeIds), fullLength);
}

function createEncoded(ids: Int32Array, typeIds: Int32Array, fullLength: number): Encoded {
  return typeIds.some((typeId) => typeId !== 0) ? { ids, typeIds, fullLength } : { ids, fullLength };
}

function joinNumbers(before: readonly number[], values: readonly number[], after: readonly number[]): Int32Array {
  const joined = new Int32Array(before.length + values.length + after.length);
  joined.set(before);
  joined.set(values, before.length);
  joined.set(after, before.length + values.length);
  return joined;
}
