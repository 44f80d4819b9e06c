// How long the supervisor waits for what. The defaults serve everybody; tests are in a hurry.

export interface RunnerTiming {
  /** From spawn to `ready`. */
  startDeadlineMs: number;
  /** After `ready`: a process that ends earlier, without having served, failed to start. */
  settledMs: number;
  heartbeatMs: number;
  /** Silence that counts as dead. */
  unresponsiveMs: number;
  /** What a question for figures takes at most: whoever asked gets the last ones then. */
  refreshMs: number;
  /** Between two replacements for memory. */
  recyclePauseMs: number;
  /** For runs in flight when the process is to end. */
  closeDeadlineMs: number;
  /** How long a model that killed a process at load is not tried again. */
  convictionMs: number;
}

export const RUNNER_TIMING: RunnerTiming = {
  startDeadlineMs: 30_000, settledMs: 10_000, heartbeatMs: 5_000, unresponsiveMs: 30_000, refreshMs: 250,
  recyclePauseMs: 60_000, closeDeadlineMs: 10_000, convictionMs: 30_000,
};
