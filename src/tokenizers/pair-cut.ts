// How many tokens of each part of a pair are kept when both together are too long.
import type { PairStrategy } from "./tokenizer.ts";

export interface PairLengths {
  first: number;
  second: number;
}

/**
 * `budget` is what special tokens leave of the limit. `undefined` when the strategy cannot get there. The same numbers
 * as the library's own truncation (`truncate_encodings` in its utils/truncation.rs), which Python's transformers use; only
 * its release 0.23.2 has another odd token where both parts are longer than the budget. Ours needs no truncated pair of
 * the library, which keeps every piece that it cuts off one part with every piece of the other.
 */
export function findPairCut(lengths: PairLengths, budget: number, strategy: PairStrategy): PairLengths | undefined {
  const { first, second } = lengths;
  if (first + second <= budget) return lengths;
  if (budget <= 0) return { first: 0, second: 0 };
  if (strategy === "only_first") return second < budget ? { first: budget - second, second } : undefined;
  const half = Math.floor(budget / 2);
  // Both are cut: an odd token goes to the longer part, to the second when they are equally long.
  if (Math.min(first, second) > half) {
    return first > second ? { first: budget - half, second: half } : { first: half, second: budget - half };
  }
  return first > second ? { first: budget - second, second } : { first, second: budget - first };
}
