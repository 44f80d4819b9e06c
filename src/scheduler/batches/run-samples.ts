// What runs of a model took, by size, as long as it is worth comparing. Runs of texts of nearly the same length are compared,
// because a token of a long text costs more than one of a short text. Pure bookkeeping.

/** Of one run, computed while everything was busy. */
export interface RunSample {
  /** `longest x texts`. */
  paddedTokens: number;
  longest: number;
  seconds: number;
}

/** Of so many of the latest the middle one counts: other programs on the machine spoil some. */
const KEPT = 31;
const NEEDED = 15;

/** Sizes are powers of two: of size `s` are all up to `2^s` and above `2^(s-1)`. */
export const sizeOf = (tokens: number): number => Math.ceil(Math.log2(Math.max(1, tokens)));

export class RunSamples {
  /** By length class and size. */
  readonly #cells = new Map<string, RunSample[]>();

  add(sample: RunSample): void {
    const key = formatCell(sizeOf(sample.longest), sizeOf(sample.paddedTokens));
    const kept = this.#cells.get(key) ?? [];
    this.#cells.set(key, [...kept, sample].slice(-KEPT));
  }

  /**
   * Seconds of a token in runs of size `larger` over those of size `smaller`, for the same lengths of text; `undefined` where
   * too few were seen of either.
   */
  compare(larger: number, smaller: number): number | undefined {
    const ratios = this.#listLengths().flatMap((length) => {
      const [above, below] = [this.#find(length, larger), this.#find(length, smaller)];
      return above === undefined || below === undefined ? [] : [costOf(above) / costOf(below)];
    });
    return ratios.length === 0 ? undefined : findMiddle(ratios);
  }

  /**
   * What a run costs beside its cells, in tokens: where a line through two sizes of run, the larger four times the smaller,
   * meets zero. `undefined` where too few were seen, or where the larger one took no longer.
   */
  findRunTokens(largest: number): number | undefined {
    const found = this.#listLengths().flatMap((length) => {
      const pairs = Array.from({ length: largest }, (_, size) => [this.#find(length, size), this.#find(length, size + 2)] as const);
      const [small, large] = pairs.find(([below, above]) => below !== undefined && above !== undefined) ?? [];
      if (small === undefined || large === undefined || large.seconds <= small.seconds) return [];
      const { paddedTokens: few, seconds: short } = small;
      const { paddedTokens: many, seconds: long } = large;
      return [Math.max(0, (many * short - few * long) / (long - short))];
    });
    return found.length === 0 ? undefined : findMiddle(found);
  }

  #listLengths(): number[] {
    return [...new Set(Array.from(this.#cells.keys(), (key) => Number(key.split(" ")[0])))];
  }

  /** The middle one by its cost. */
  #find(length: number, size: number): RunSample | undefined {
    const kept = this.#cells.get(formatCell(length, size)) ?? [];
    if (kept.length < NEEDED) return undefined;
    return kept.toSorted((left, right) => costOf(left) - costOf(right))[Math.floor(kept.length / 2)];
  }
}

const formatCell = (length: number, size: number): string => `${length} ${size}`;
const costOf = ({ seconds, paddedTokens }: RunSample): number => seconds / paddedTokens;

function findMiddle(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? NaN;
}
