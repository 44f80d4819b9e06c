// Durations as people write them: "500ms", "60s", "5m", "1h".

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

/** Milliseconds; throws `RangeError` for anything but a whole number and its unit. */
export function parseDuration(text: string): number {
  const [, amount = "", unit = ""] = /^(\d{1,9})(ms|s|m|h)$/.exec(text) ?? [];
  const unitMs = UNIT_MS.get(unit);
  if (unitMs === undefined) throw new RangeError(`Cannot parse the duration: found "${text}"`);
  return Number(amount) * unitMs;
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
