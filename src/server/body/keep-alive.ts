// A request's `keep_alive` in milliseconds. Ollama's rule: a number is seconds, a text a Go duration, below zero for ever.

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ["ns", 1e-6], ["us", 1e-3], ["µs", 1e-3], ["μs", 1e-3], ["ms", 1], ["s", 1000], ["m", 60_000], ["h", 3_600_000],
]);

/** `value` has passed `KeepAliveSchema`. `Infinity` is for ever; `undefined` where the request does not say it. */
export function parseKeepAlive(value: number | string | null | undefined): number | undefined {
  if (value === undefined || value === null) return undefined;
  const ms = typeof value === "number" ? value * 1000 : parseGoDuration(value);
  return ms < 0 ? Infinity : ms;
}

function parseGoDuration(text: string): number {
  const parts = [...text.matchAll(/([\d.]+)([^\d.]+)/g)];
  const ms = parts.reduce((sum, [, amount, unit = ""]) => sum + Number(amount) * (UNIT_MS.get(unit) ?? 0), 0);
  return text.startsWith("-") ? -ms : ms;
}
