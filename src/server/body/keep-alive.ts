// A request's `keep_alive` in milliseconds. Ollama's rule: a number is seconds, a text a Go duration, below zero for ever.
import { parseGoDuration } from "../../go-duration.ts";

/** `value` has passed `KeepAliveSchema`. `Infinity` is for ever; `undefined` where the request does not say it. */
export function parseKeepAlive(value: number | string | null | undefined): number | undefined {
  if (value === undefined || value === null) return undefined;
  const ms = typeof value === "number" ? value * 1000 : parseGoDuration(value);
  return ms < 0 ? Infinity : ms;
}
