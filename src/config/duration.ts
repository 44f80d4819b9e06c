// Durations as people and Go programs write them: "500ms", "60s", "5m", "1h30m", "1.5h".

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

/** Nothing is waited for longer than this: timers hold no more than 2^31 ms. */
const LONGEST_KEEP_ALIVE_MS = 500 * 3_600_000;

/** Whole milliseconds; throws `RangeError` for a number without a unit and for anything below zero. */
export function parseDuration(text: string): number {
  if (!/^(\d{1,9}(\.\d{1,9})?(ms|s|m|h))+$/.test(text)) throw new RangeError(`Cannot parse the duration: found "${text}"`);
  const parts = [...text.matchAll(/([\d.]+)([a-z]+)/g)];
  return Math.round(parts.reduce((sum, [, amount, unit = ""]) => sum + Number(amount) * (UNIT_MS.get(unit) ?? 0), 0));
}

/** Whether it is a duration, and within the bounds. */
export function isDuration(text: string, leastMs: number, mostMs: number): boolean {
  try {
    const ms = parseDuration(text);
    return ms >= leastMs && ms <= mostMs;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/**
 * The key `keep_alive` in milliseconds; `undefined`, for ever, when it is zero or negative, with a unit or without. Zero is
 * for ever because the Go termite's files mean that; a request's own `keep_alive: 0` is Ollama's and unloads at once.
 */
export function parseKeepAlive(text: string): number | undefined {
  return isForEver(text) ? undefined : parseDuration(text);
}

/** Whether `parseKeepAlive` reads it. */
export function isKeepAlive(text: string): boolean {
  return isForEver(text) || isDuration(text, 1, LONGEST_KEEP_ALIVE_MS);
}

function isForEver(text: string): boolean {
  if (/^(0+|-\d{1,9})$/.test(text)) return true;
  return isDuration(text.replace(/^-/, ""), 0, text.startsWith("-") ? Number.POSITIVE_INFINITY : 0);
}
