// Bounded retries: exponential back-off with jitter, and the server's own Retry-After where it gave one.
import { setTimeout as sleep } from "node:timers/promises";
import { TermiteError } from "../errors.ts";
import { isConnectionRefused } from "./download-error.ts";
import type { HttpOptions } from "./http-options.ts";

const DEFAULT_RETRIES = 5;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
/** A server that asks for more patience than this is down: the failure is told at once. */
export const LONGEST_RETRY_AFTER_MS = 120_000;

export interface Retries {
  /** Resolves when it is time for another try; throws `error` itself when another try cannot help or none is left. */
  check(error: unknown): Promise<void>;
}

export function createRetries(options: HttpOptions): Retries {
  const { retries = DEFAULT_RETRIES, retryDelayMs = FIRST_DELAY_MS, signal, hasAlternative = false } = options;
  let used = 0;
  return {
    async check(error) {
      const delayMs = resolveDelayMs(error, used, retryDelayMs);
      if (delayMs === undefined || used >= retries || (hasAlternative && isConnectionRefused(error))) throw error;
      used += 1;
      await sleep(delayMs, undefined, signal === undefined ? {} : { signal });
    },
  };
}

/** `undefined`: do not try again. The jitter (half to whole) keeps many clients from coming back at one moment. */
export function resolveDelayMs(error: unknown, used: number, firstDelayMs: number): number | undefined {
  if (!(error instanceof TermiteError) || error.details?.["passing"] !== true) return undefined;
  const retryAfterMs = error.details["retryAfterMs"];
  if (typeof retryAfterMs !== "number") {
    return Math.min(firstDelayMs * 2 ** used, LONGEST_DELAY_MS) * (0.5 + Math.random() / 2);
  }
  return retryAfterMs > LONGEST_RETRY_AFTER_MS ? undefined : retryAfterMs;
}

/** RFC 9110 10.2.3: `120`, or `Fri, 31 Dec 1999 23:59:59 GMT`. `undefined` where there is none or it says nothing. */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
