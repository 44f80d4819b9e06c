// The failure of one request, with what the retry loop has to know about it in `details`.
import { TermiteError } from "../errors.ts";
import { formatAddress } from "./address.ts";

export interface DownloadFailure {
  found: string;
  /** May pass by itself: worth another try. */
  passing?: boolean;
  status?: number;
  retryAfterMs?: number | undefined;
  rangeRefused?: boolean;
  connectionRefused?: boolean;
  hint?: string;
  cause?: unknown;
}

export function createDownloadError(url: URL, failure: DownloadFailure): TermiteError {
  const { found, hint, cause, ...details } = failure;
  return new TermiteError("download_failed", `Cannot fetch "${formatAddress(url)}": ${found}`, {
    hint,
    cause,
    details,
  });
}

/** True when the server answered a range request with the whole file: stream it instead. */
export function isRangeRefused(error: unknown): boolean {
  return error instanceof TermiteError && error.details?.["rangeRefused"] === true;
}

/** True when nobody listens at the address. */
export function isConnectionRefused(error: unknown): boolean {
  return error instanceof TermiteError && error.details?.["connectionRefused"] === true;
}

/** True when the server answered with that HTTP status. */
export function hasStatus(error: unknown, status: number): boolean {
  return error instanceof TermiteError && error.details?.["status"] === status;
}
