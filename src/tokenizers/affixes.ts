// The special tokens that a tokenizer's post-processor puts before and behind a text, learnt from a text that has them.
import type { Addon } from "./addon.ts";

type NativeTokenizer = InstanceType<Addon["Tokenizer"]>;

export interface Affix {
  ids: readonly number[];
  typeIds: readonly number[];
  tokens: readonly string[];
}

export interface Affixes {
  prefix: Affix;
  suffix: Affix;
}

const EMPTY: Affix = { ids: [], typeIds: [], tokens: [] };

/** Of texts that are encoded without special tokens. */
export const NO_AFFIXES: Affixes = { prefix: EMPTY, suffix: EMPTY };

/** Texts of which at least one has a token in any vocabulary, so that the special tokens around it are seen. */
export const PROBES = ["a", "A", "1", ".", "the", "\u4e2d"];

export async function readAffixes(native: NativeTokenizer): Promise<Affixes> {
  for (const probe of PROBES) {
    const encoding = await native.encode(probe);
    const special = encoding.getSpecialTokensMask();
    const [begin, end] = [special.indexOf(0), special.lastIndexOf(0) + 1];
    if (begin < 0) continue;
    const [ids, typeIds, tokens] = [encoding.getIds(), encoding.getTypeIds(), encoding.getTokens()];
    return {
      prefix: { ids: ids.slice(0, begin), typeIds: typeIds.slice(0, begin), tokens: tokens.slice(0, begin) },
      suffix: { ids: ids.slice(end), typeIds: typeIds.slice(end), tokens: tokens.slice(end) },
    };
  }
  return NO_AFFIXES;
}
