// How long one model stays loaded that nobody uses. Counts from its last use; what expires is the caller's.

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once, after at most 2^31-1 ms; gives the way to call it off. */
  startTimer(run: () => void, ms: number): () => void;
}

/** Its timers keep no process alive. */
export const SYSTEM_CLOCK: Clock = {
  now: Date.now,
  startTimer: (run, ms) => {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** A timer that is set for longer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface KeepAliveOptions {
  /** `Infinity`: for ever. */
  ms: number;
  clock: Clock;
  /** Called at once by a `release` after which nothing is to be kept. */
  onExpired: () => void;
}

export class KeepAlive {
  readonly #options: KeepAliveOptions;
  #ms: number;
  /** The time of the last release; `undefined` while it is in use. */
  #idleSinceMs: number | undefined;
  #stopTimer: (() => void) | undefined;

  /** In use. */
  constructor(options: KeepAliveOptions) {
    this.#options = options;
    this.#ms = options.ms;
  }

  /** When it expires if nobody uses it from now on; `Infinity`: never. */
  get expiresAtMs(): number {
    return (this.#idleSinceMs ?? this.#options.clock.now()) + this.#ms;
  }

  /** In use from now on. `ms` counts until another one is given, as with Ollama: most clients cannot say one. */
  hold(ms?: number): void {
    this.stop();
    this.#idleSinceMs = undefined;
    if (ms !== undefined) this.#ms = ms;
  }

  /** Not in use any more. */
  release(): void {
    this.stop();
    this.#idleSinceMs = this.#options.clock.now();
    this.#wait(this.#ms);
  }

  /** It does not expire by itself any more. */
  stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #wait(ms: number): void {
    if (ms === Infinity) return;
    if (ms <= 0) return this.#options.onExpired();
    const stepMs = Math.min(ms, LONGEST_TIMER_MS);
    this.#stopTimer = this.#options.clock.startTimer(() => this.#wait(ms - stepMs), stepMs);
  }
}
