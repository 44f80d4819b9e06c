// SIGTERM and Ctrl-C of the server: the first asks for a drain, the second ends at once.

const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
type StopSignal = keyof typeof EXIT_CODES;

/** One Ctrl-C can arrive several times: from the terminal, from npm, from the process that started this one. */
const SAME_SIGNAL_MS = 100;

export interface StopSignals {
  /** Resolves at the first signal. */
  first: Promise<void>;
  /** Resolves at the second one, with the exit code that a shell would give (128 + signal). */
  second: Promise<number>;
  /** Aborted at the first signal: for work that need not be finished. */
  signal: AbortSignal;
}

export function createStopSignals(): StopSignals {
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<number>();
  const controller = new AbortController();
  let firstAtMs: number | undefined;
  const take = (name: StopSignal) => {
    const nowMs = performance.now();
    if (firstAtMs !== undefined) {
      if (nowMs - firstAtMs >= SAME_SIGNAL_MS) second.resolve(EXIT_CODES[name]);
      return;
    }
    firstAtMs = nowMs;
    first.resolve();
    controller.abort();
  };
  for (const name of ["SIGHUP", "SIGINT", "SIGTERM"] as const) process.on(name, () => take(name));
  return { first: first.promise, second: second.promise, signal: controller.signal };
}
