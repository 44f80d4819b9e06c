// Durations as people and Go programs write them: "500ms", "60s", "5m", "1h30m", "1.5h".
import { parseGoDuration } from "../go-duration.ts";

/** Less than Go takes: no sign, no unit under a millisecond, a digit on both sides of the point. */
const DURATION = /^(\d{1,9}(\.\d{1,9})?(ms|s|m|h))+$/;

/** Nothing is waited for longer than this: timers hold no more than 2^31 ms. */
const LONGEST_KEEP_ALIVE_MS = 500 * 3_600_000;

/** Whole milliseconds; throws `RangeError` for a number without a unit and for anything below zero. */
export function parseDuration(text: string): number {
  if (!DURATION.test(text)) throw new RangeError(`Cannot parse the duration: found "${text}"`);
  return Math.round(parseGoDuration(text));
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
export function parseKeepAliveSetting(text: string): number | undefined {
  return isForEver(text) ? undefined : parseDuration(text);
}

/** Whether `parseKeepAliveSetting` reads it. */
export function isKeepAliveSetting(text: string): boolean {
  return isForEver(text) || isDuration(text, 1, LONGEST_KEEP_ALIVE_MS);
}

function isForEver(text: string): boolean {
  if (/^(0+|-\d{1,9})$/.test(text)) return true;
  return isDuration(text.replace(/^-/, ""), 0, text.startsWith("-") ? Number.POSITIVE_INFINITY : 0);
}
