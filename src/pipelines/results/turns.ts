// Long work on the event loop, in turns: other requests and the end of this one are heard in between.

/** Under what anybody notices, and long against the cost of a turn. */
const TURN_MS = 10;

/** Calls `work` for one item after another. Rejects with the signal's reason when it has aborted. */
export async function workInTurns<T>(items: Iterable<T>, signal: AbortSignal, work: (item: T) => void): Promise<void> {
  let turnEnd = performance.now() + TURN_MS;
  for (const item of items) {
    work(item);
    if (performance.now() < turnEnd) continue;
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    turnEnd = performance.now() + TURN_MS;
  }
}
