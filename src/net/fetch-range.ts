// A ranged download (RFC 9110 14): exact bytes of a file, resumed where a connection broke, never more nor fewer.
import { createDownloadError } from "./download-error.ts";
import type { HttpOptions } from "./http-options.ts";
import { openResponse } from "./open-response.ts";
import type { OpenResponse } from "./open-response.ts";
import { createRetries } from "./retries.ts";

/** A connection that brought this much was worth having: the count of retries begins anew. */
const PROGRESS_BYTES = 1024 * 1024;

export interface FetchRangeOptions extends HttpOptions {
  /** First byte. */
  start: number;
  /** One past the last byte. */
  end: number;
  /** What the size of the whole file must be, where it is known. */
  totalBytes?: number;
}

/**
 * Yields the bytes from `start` to `end` as they arrive; a broken connection is resumed at the byte it reached.
 * Throws `download_failed`; `isRangeRefused(error)` when the server sends the whole file instead.
 */
export async function* fetchRange(url: URL, options: FetchRangeOptions): AsyncGenerator<Uint8Array> {
  const { end } = options;
  let retries = createRetries(options);
  let position = options.start;
  let failedAt = position;
  while (position < end) {
    try {
      for await (const piece of fetchRangeOnce(url, { ...options, start: position })) {
        position += piece.byteLength;
        yield piece;
      }
    } catch (error) {
      if (position - failedAt >= PROGRESS_BYTES) retries = createRetries(options);
      failedAt = position;
      await retries.check(error);
    }
  }
}

async function* fetchRangeOnce(url: URL, options: FetchRangeOptions): AsyncGenerator<Uint8Array> {
  const { start, end } = options;
  const request = { "accept-encoding": "identity", range: `bytes=${start}-${end - 1}` };
  const response = await openResponse(url, request, options);
  try {
    checkRange(response, options);
    yield* readExactly(response, end - start);
  } finally {
    response.close();
  }
}

async function* readExactly(response: OpenResponse, sizeBytes: number): AsyncGenerator<Uint8Array> {
  let received = 0;
  for await (const piece of response.body) {
    received += piece.byteLength;
    if (received > sizeBytes) throw createDownloadError(response.url, { found: `found more than ${sizeBytes} bytes` });
    yield piece;
  }
  if (received === sizeBytes) return;
  const found = `the answer ended after ${received} of ${sizeBytes} bytes`;
  throw createDownloadError(response.url, { found, passing: true });
}

/** Sample: `Content-Range: bytes 100-299/83506384`. */
function checkRange({ url, status, headers }: OpenResponse, { start, end, totalBytes }: FetchRangeOptions): void {
  if (status === 200) {
    throw createDownloadError(url, { found: "the server sends no ranges", status, rangeRefused: true });
  }
  const encoding = headers.get("content-encoding") ?? "identity";
  if (encoding !== "identity") throw createDownloadError(url, { found: `found the encoding "${encoding}", need none` });
  const found = headers.get("content-range") ?? "";
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(found) ?? [];
  const isRight = Number(first) === start && Number(last) === end - 1;
  if (isRight && (totalBytes === undefined || total === "*" || Number(total) === totalBytes)) return;
  const need = `bytes ${start}-${end - 1}/${totalBytes ?? "*"}`;
  throw createDownloadError(url, { found: `found the range "${found}", need "${need}"` });
}
