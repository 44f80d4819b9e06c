// How long to wait before the next start of a runner. Pure.

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5000;

/** The first restart since a run succeeded comes at once, then 100 ms doubling to 5 s. `restarts` counts those before. */
export function restartDelayMs(restarts: number): number {
  return restarts === 0 ? 0 : Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (restarts - 1));
}
