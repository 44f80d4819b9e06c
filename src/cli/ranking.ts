// Texts by their scores, best first, added a batch at a time. Pure but for what it keeps.

export interface Ranked {
  /** Place among the texts, from 0. */
  index: number;
  score: number;
  text: string;
}

export interface Ranking {
  add(texts: readonly string[], scores: readonly number[]): void;
  /** The best `top` of all that were added, equal scores in the texts' order. */
  list(): Ranked[];
  /** How many are held: with a `top` never more than twice that and the last batch. */
  readonly held: number;
}

/** `top` is `Infinity` for all. */
export function createRanking(top: number): Ranking {
  let kept: Ranked[] = [];
  let count = 0;
  // The sort is stable.
  const list = (): Ranked[] => kept.toSorted((left, right) => right.score - left.score).slice(0, top);
  return {
    add: (texts, scores) => {
      for (const [index, text] of texts.entries()) kept.push({ index: count + index, score: scores[index] ?? 0, text });
      count += texts.length;
      if (kept.length > 2 * top) kept = list();
    },
    list,
    get held() {
      return kept.length;
    },
  };
}
