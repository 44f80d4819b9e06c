// One request: redirects followed by hand so that no secret follows them, and a timer against silence.
import { findErrorCode } from "../errors.ts";
import { checkAddress, parseAddress } from "./address.ts";
import { createDownloadError } from "./download-error.ts";
import type { HttpOptions } from "./http-options.ts";
import { LONGEST_RETRY_AFTER_MS, parseRetryAfter } from "./retries.ts";

const MOST_REDIRECTS = 5;
const STALL_TIMEOUT_MS = 30_000;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Statuses that may pass by themselves. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Status 200 or 206. The body can be read once; reading it to the end, or leaving the loop, closes it. */
export interface OpenResponse {
  /** Where the redirects led. */
  url: URL;
  status: number;
  headers: Headers;
  body: AsyncIterable<Uint8Array>;
  close(): void;
}

/**
 * `request` goes to every host of a redirect chain; `options.headers` and `options.credentials` to their origin only.
 * Throws `download_failed` (with what a retry needs in its details), `offline`, or the reason of `options.signal`.
 */
export async function openResponse(
  address: URL,
  request: Readonly<Record<string, string>>,
  options: HttpOptions,
): Promise<OpenResponse> {
  let url = address;
  for (let hop = 0; hop <= MOST_REDIRECTS; hop += 1) {
    checkAddress(url, options.offline);
    const headers = { ...request, ...resolvePrivateHeaders(url, address, options) };
    const response = await sendRequest(url, headers, options);
    if (!REDIRECTS.has(response.status)) return checkStatus(response);
    response.close();
    url = parseRedirect(response);
  }
  throw createDownloadError(address, { found: `found more than ${MOST_REDIRECTS} redirects` });
}

function resolvePrivateHeaders(url: URL, address: URL, options: HttpOptions): Record<string, string> {
  const { headers, credentials } = options;
  return {
    ...(url.origin === address.origin ? headers : undefined),
    ...(url.origin === credentials?.origin ? { authorization: credentials.authorization } : undefined),
  };
}

async function sendRequest(url: URL, headers: Record<string, string>, options: HttpOptions): Promise<OpenResponse> {
  const controller = new AbortController();
  const { signal, certificateAuthority, stallTimeoutMs = STALL_TIMEOUT_MS } = options;
  const patience = { url, controller, signal, stallTimeoutMs };
  const response = await awaitServer(patience, () =>
    fetch(url, {
      headers,
      redirect: "manual",
      signal: signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal]),
      ...(certificateAuthority === undefined ? undefined : { tls: { ca: certificateAuthority } }),
    }),
  );
  const close = (): void => controller.abort();
  return { url, status: response.status, headers: response.headers, body: readBody(response, patience), close };
}

interface Patience {
  url: URL;
  controller: AbortController;
  signal: AbortSignal | undefined;
  stallTimeoutMs: number;
}

/** The timer runs only while the server is waited for, so that a slow reader is never taken for a stalled server. */
async function awaitServer<T>(patience: Patience, work: () => Promise<T>): Promise<T> {
  const { url, controller, signal, stallTimeoutMs } = patience;
  const stalled = createDownloadError(url, { found: `found no byte for ${stallTimeoutMs} ms`, passing: true });
  const timer = setTimeout(() => controller.abort(stalled), stallTimeoutMs);
  try {
    return await work();
  } catch (error) {
    signal?.throwIfAborted();
    throw controller.signal.reason === stalled ? stalled : createConnectionError(url, error);
  } finally {
    clearTimeout(timer);
  }
}

async function* readBody(response: Response, patience: Patience): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  try {
    while (reader !== undefined) {
      const { done, value } = await awaitServer(patience, () => reader.read());
      if (done) return;
      yield value;
    }
  } finally {
    patience.controller.abort();
  }
}

/** Names the cause by its code (`ECONNREFUSED`, `CERT_HAS_EXPIRED`): the texts of the runtime can hold anything. */
function createConnectionError(url: URL, cause: unknown): Error {
  const code = findErrorCode(cause) ?? "no answer";
  if (!/CERT|SIGNATURE/.test(code)) {
    const connectionRefused = code === "ECONNREFUSED";
    return createDownloadError(url, { found: `the connection failed (${code})`, passing: true, connectionRefused, cause });
  }
  const hint = "Set SSL_CERT_FILE to a file with your certificate authority";
  return createDownloadError(url, { found: `its certificate is not trusted (${code})`, hint, cause });
}

function parseRedirect(response: OpenResponse): URL {
  const location = response.headers.get("location");
  const next = location === null ? undefined : parseAddress(URL.parse(location, response.url.href)?.href ?? "");
  if (next === undefined) throw createDownloadError(response.url, { found: "found a redirect to nowhere" });
  if (response.url.protocol === "https:" && next.url.protocol !== "https:") {
    throw createDownloadError(response.url, { found: "found a redirect from https to plain http" });
  }
  return next.url;
}

function checkStatus(response: OpenResponse): OpenResponse {
  const { url, status, headers } = response;
  if (status === 200 || status === 206) return response;
  response.close();
  const retryAfterMs = parseRetryAfter(headers.get("retry-after"), Date.now());
  const passing = PASSING.has(status);
  const found = `the server answered ${status}`;
  if (!passing || retryAfterMs === undefined || retryAfterMs <= LONGEST_RETRY_AFTER_MS) {
    throw createDownloadError(url, { found, status, passing, retryAfterMs });
  }
  const [asked, most] = [retryAfterMs, LONGEST_RETRY_AFTER_MS].map((ms) => `${Math.ceil(ms / 1000)} s`);
  const hint = `Run it again in ${asked}`;
  throw createDownloadError(url, { found: `${found} and asks to wait ${asked}, need at most ${most}`, status, passing, retryAfterMs, hint });
}
