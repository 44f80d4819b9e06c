// How many tokens a second a queue gets through while something always waits: what all waiting depends on. Time with
// less to do than could be done says nothing of it and does not count.

/** Of shorter windows one batch that ends early or late is too large a part. */
const WINDOW_MS = 500;
/** The middle one of so many counts: a process that restarts or a program that is compiled spoils one of them. */
const MOST_WINDOWS = 9;
const LEAST_WINDOWS = 3;
/** Models and machines change: an older figure is none. */
const STALE_MS = 60_000;

export class SpeedMeter {
  readonly #now: () => number;
  /** Tokens a second of each window, the latest last. */
  #windows: number[] = [];
  #windowTokens = 0;
  #windowMs = 0;
  #saturatedSince: number | undefined;
  #measuredAt = -Infinity;
  #median: number | undefined;

  /** `now` in milliseconds, never going back; replaced in tests. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** `tokens` were done since the last call; `isSaturated` from now on: as much is in flight as can be. */
  note(isSaturated: boolean, tokens: number): void {
    const now = this.#now();
    if (this.#saturatedSince !== undefined) {
      this.#windowTokens += tokens;
      this.#windowMs += now - this.#saturatedSince;
      if (this.#windowMs >= WINDOW_MS) this.#closeWindow(now);
    }
    this.#saturatedSince = isSaturated ? now : undefined;
  }

  /** `undefined` where too little was measured, or too long ago. */
  get tokensPerSecond(): number | undefined {
    return this.#isStale(this.#now()) ? undefined : this.#median;
  }

  #closeWindow(now: number): void {
    if (this.#isStale(now)) this.#windows = [];
    this.#windows = [...this.#windows, (this.#windowTokens / this.#windowMs) * 1000].slice(-MOST_WINDOWS);
    this.#windowTokens = 0;
    this.#windowMs = 0;
    this.#measuredAt = now;
    const sorted = this.#windows.toSorted((left, right) => left - right);
    this.#median = sorted.length < LEAST_WINDOWS ? undefined : sorted[Math.floor(sorted.length / 2)];
  }

  #isStale(now: number): boolean {
    return now - this.#measuredAt > STALE_MS;
  }
}
