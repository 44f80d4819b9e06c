// Two sides in turns, again and again; what counts is the ratio within a pair.
import { computeMedian, computeMedianInterval, computeQuantile } from "../statistics.ts";
import type { Figures } from "./client/load.ts";

export interface Ratio {
  median: number;
  /** 95 % of the median. */
  interval: readonly [number, number];
  samples: readonly number[];
}

export interface PairFigures {
  ours: Figures[];
  theirs: Figures[];
}

/** Each side is first in every other pair. */
export async function measurePairs(
  pairs: number, measureOurs: () => Promise<Figures>, measureTheirs: () => Promise<Figures>,
): Promise<PairFigures> {
  const figures: PairFigures = { ours: [], theirs: [] };
  for (let pair = 0; pair < pairs; pair++) {
    const ours = async (): Promise<void> => void figures.ours.push(await measureOurs());
    const theirs = async (): Promise<void> => void figures.theirs.push(await measureTheirs());
    for (const side of pair % 2 === 0 ? [ours, theirs] : [theirs, ours]) await side();
  }
  return figures;
}

/** Of one number a side. */
export function createRatio({ ours, theirs }: PairFigures, pick: (figures: Figures) => number): Ratio {
  return summarize(ours.map((own, i) => pick(own) / pickAt(theirs, i, pick)));
}

export function createDifference({ ours, theirs }: PairFigures, pick: (figures: Figures) => number): Ratio {
  return summarize(ours.map((own, i) => pick(own) - pickAt(theirs, i, pick)));
}

function pickAt(figures: readonly Figures[], at: number, pick: (figures: Figures) => number): number {
  const found = figures[at];
  return found === undefined ? NaN : pick(found);
}

function summarize(samples: readonly number[]): Ratio {
  return { median: computeMedian(samples), interval: computeMedianInterval(samples), samples };
}

export const tokensPerSecond = ({ tokens, seconds }: Figures): number => tokens / seconds;
/** For 1,000 tokens. */
export const cpuSeconds = ({ tokens, cpuSeconds }: Figures): number => (1000 * cpuSeconds) / tokens;
export const medianMs = ({ latenciesMs }: Figures): number => computeMedian(latenciesMs);
export const p99Ms = ({ latenciesMs }: Figures): number => computeQuantile(latenciesMs, 0.99);
export const medianOf = (figures: readonly Figures[], pick: (figures: Figures) => number): number => computeMedian(figures.map(pick));
