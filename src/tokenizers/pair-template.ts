// How a tokenizer's post-processor joins the two parts of a pair, learnt from a pair of known tokens. The library encodes
// the parts of a pair each by itself, so a part that many pairs share (a query) is encoded once and joined here.
import type { Addon } from "./addon.ts";
import { PROBES } from "./affixes.ts";
import { findPairCut } from "./pair-cut.ts";
import type { Encoded, PairStrategy, TruncationDirection } from "./tokenizer.ts";

type NativeTokenizer = InstanceType<Addon["Tokenizer"]>;

/** One place of the joined pair: one special token, or all tokens of a part. */
interface Place {
  typeId: number;
  id?: number;
  part?: 0 | 1;
}

export type PairTemplate = readonly Place[];

/** Ids of the first part and of the second, without special tokens. */
export type PairParts = readonly [Int32Array, Int32Array];

export interface PairCut {
  limit: number;
  direction: TruncationDirection;
  strategy: PairStrategy;
}

/** Empty for a post-processor that makes nothing of pairs, or a vocabulary that has no token for any probe. */
export async function readPairTemplate(native: NativeTokenizer): Promise<PairTemplate> {
  for (const probe of PROBES) {
    const alone = await native.encode(probe);
    if (alone.getSpecialTokensMask().every((special) => special === 1)) continue;
    const encoding = await native.encode(probe, probe);
    const parts = encoding.getSequenceIds();
    const [ids, typeIds] = [encoding.getIds(), encoding.getTypeIds()];
    return parts.flatMap((part, index): Place[] => {
      const typeId = typeIds[index] ?? 0;
      if (part !== 0 && part !== 1) return [{ typeId, id: ids[index] ?? 0 }];
      return parts[index - 1] === part ? [] : [{ typeId, part }];
    });
  }
  return [];
}

/** Special tokens included. */
export function countPairTokens(template: PairTemplate, parts: PairParts): number {
  return template.reduce((sum, { part }) => sum + (part === undefined ? 1 : parts[part].length), 0);
}

/** What the model is given; `undefined` when the strategy cannot get to the limit. */
export function joinPair(template: PairTemplate, parts: PairParts, cut: PairCut): Encoded | undefined {
  const lengths = { first: parts[0].length, second: parts[1].length };
  const fullLength = countPairTokens(template, parts);
  const excess = fullLength - cut.limit;
  const kept = excess <= 0 ? lengths : findPairCut(lengths, lengths.first + lengths.second - excess, cut.strategy);
  if (kept === undefined) return undefined;
  const keptParts: PairParts = [keepPart(parts[0], kept.first, cut), keepPart(parts[1], kept.second, cut)];
  const ids = new Int32Array(countPairTokens(template, keptParts));
  const typeIds = new Int32Array(ids.length);
  let at = 0;
  for (const { id, part, typeId } of template) {
    const tokens = part === undefined ? [id ?? 0] : keptParts[part];
    ids.set(tokens, at);
    typeIds.fill(typeId, at, (at += tokens.length));
  }
  return typeIds.some((typeId) => typeId !== 0) ? { ids, typeIds, fullLength } : { ids, fullLength };
}

function keepPart(part: Int32Array, count: number, { direction }: PairCut): Int32Array {
  return direction === "right" ? part.subarray(0, count) : part.subarray(part.length - count);
}
