// Durations as Go's `time.ParseDuration` reads them: "0", or numbers each with their unit ("1h30m", "1.5s", "-1s").

/** Without a limit: who reads what a client sent bounds its length first. */
export const GO_DURATION = /^[+-]?(0|((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$/;

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ["ns", 1e-6], ["us", 1e-3], ["µs", 1e-3], ["μs", 1e-3], ["ms", 1], ["s", 1000], ["m", 60_000], ["h", 3_600_000],
]);

/** Milliseconds, with a fraction where one is said; throws `RangeError` for a text that is not `GO_DURATION`. */
export function parseGoDuration(text: string): number {
  if (!GO_DURATION.test(text)) throw new RangeError(`Cannot parse the duration: found "${text}"`);
  const parts = [...text.matchAll(/([\d.]+)([^\d.]+)/g)];
  const ms = parts.reduce((sum, [, amount, unit = ""]) => sum + Number(amount) * (UNIT_MS.get(unit) ?? 0), 0);
  return text.startsWith("-") ? -ms : ms;
}
