// A small document (a page of an index) as text, with a limit on its size and the usual retries.
import { createDownloadError } from "./download-error.ts";
import type { HttpOptions } from "./http-options.ts";
import { openResponse } from "./open-response.ts";
import { createRetries } from "./retries.ts";

const MOST_BYTES = 64 * 1024 * 1024;

export interface FetchTextOptions extends HttpOptions {
  /** The `Accept` header. */
  accept: string;
}

export interface FetchedText {
  /** Where the redirects led: what relative links of the document are relative to. */
  url: URL;
  /** Lower case, without parameters; empty where the server named none. */
  contentType: string;
  text: string;
}

export async function fetchText(url: URL, options: FetchTextOptions): Promise<FetchedText> {
  const retries = createRetries(options);
  for (;;) {
    try {
      return await fetchTextOnce(url, options);
    } catch (error) {
      await retries.check(error);
    }
  }
}

async function fetchTextOnce(url: URL, options: FetchTextOptions): Promise<FetchedText> {
  const response = await openResponse(url, { accept: options.accept }, options);
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of response.body) {
    sizeBytes += piece.byteLength;
    if (sizeBytes > MOST_BYTES) throw createDownloadError(url, { found: `found more than ${MOST_BYTES} bytes` });
    pieces.push(piece);
  }
  checkWhole(response.headers, sizeBytes, url);
  const contentType = (response.headers.get("content-type") ?? "").split(";")[0] ?? "";
  return {
    url: response.url,
    contentType: contentType.trim().toLowerCase(),
    text: Buffer.concat(pieces).toString("utf8"),
  };
}

/** The length is of the bytes on the wire, so it says something only where they were not compressed. */
function checkWhole(headers: Headers, sizeBytes: number, url: URL): void {
  const length = headers.get("content-length");
  if (length === null || headers.has("content-encoding") || Number(length) === sizeBytes) return;
  throw createDownloadError(url, { found: `the answer ended after ${sizeBytes} of ${length} bytes`, passing: true });
}
