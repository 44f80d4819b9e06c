// How long an engine computes each run. It takes runs in order, so many at a time: what is in flight beyond them waits, and
// waiting is not computing. Pure but for the clock it is given.

interface RunInFlight {
  /** `undefined` while it waits for one before it. */
  startedAt: number | undefined;
  /** As much was computed at its start as can be. */
  isFull: boolean;
}

/** Of one run in flight; opaque. */
export type RunTicket = Readonly<RunInFlight>;

export interface RunTime {
  seconds: number;
  /** From the first to the last moment as much was computed as can be: only such runs compare with each other. */
  isSaturated: boolean;
}

export class RunClock {
  readonly #runsAtOnce: () => number;
  readonly #now: () => number;
  readonly #runs: RunInFlight[] = [];

  /** `now` in milliseconds, never going back; replaced in tests. */
  constructor(runsAtOnce: () => number, now: () => number = () => performance.now()) {
    this.#runsAtOnce = runsAtOnce;
    this.#now = now;
  }

  begin(): RunTicket {
    const run: RunInFlight = { startedAt: undefined, isFull: false };
    this.#runs.push(run);
    this.#startNext();
    return run;
  }

  end(ticket: RunTicket): RunTime {
    const wasFull = this.#countStarted() >= this.#runsAtOnce();
    const place = this.#runs.findIndex((run) => run === ticket);
    if (place >= 0) this.#runs.splice(place, 1);
    this.#startNext();
    // One that came back before its turn by this clock: the engine took another order.
    if (ticket.startedAt === undefined) return { seconds: 0, isSaturated: false };
    return { seconds: (this.#now() - ticket.startedAt) / 1000, isSaturated: wasFull && ticket.isFull };
  }

  #startNext(): void {
    for (const run of this.#runs) {
      if (this.#countStarted() >= this.#runsAtOnce()) return;
      if (run.startedAt !== undefined) continue;
      run.startedAt = this.#now();
      run.isFull = this.#countStarted() >= this.#runsAtOnce();
    }
  }

  #countStarted(): number {
    return this.#runs.filter(({ startedAt }) => startedAt !== undefined).length;
  }
}
