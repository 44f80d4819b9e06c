// The signal of a run that several requests share: it stops when the last of them has gone.

/** Aborts with the reason of the first once all of `signals` have aborted; `dispose` forgets them. */
export function createLiveSignal(signals: readonly AbortSignal[]): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  const check = (): void => {
    if (signals.every(({ aborted }) => aborted)) controller.abort(signals[0]?.reason);
  };
  for (const signal of signals) signal.addEventListener("abort", check);
  const dispose = (): void => {
    for (const signal of signals) signal.removeEventListener("abort", check);
  };
  return { signal: controller.signal, dispose };
}
