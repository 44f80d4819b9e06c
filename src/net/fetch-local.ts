// A question to a server on this machine: no proxy, no redirect, no retry, no credential, and any status is an answer.
// The address is one of this machine's own, which the caller has seen to; plain http is therefore enough.
import { get } from "node:http";
import type { IncomingMessage } from "node:http";
import { createDownloadError } from "./download-error.ts";

export interface FetchLocalOptions {
  /** For the whole answer. */
  timeoutMs: number;
  /** A longer answer is refused. */
  mostBytes: number;
}

export interface LocalAnswer {
  status: number;
  text: string;
}

/** Throws `download_failed` when there is no answer of that size in that time. */
export async function fetchLocal(url: URL, { timeoutMs, mostBytes }: FetchLocalOptions): Promise<LocalAnswer> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error(`found no end within ${timeoutMs} ms`)), timeoutMs);
  try {
    const response = await openLocal(url, controller.signal);
    return { status: response.statusCode ?? 0, text: await readText(response, mostBytes) };
  } catch (cause) {
    throw createDownloadError(url, { found: `no answer of at most ${mostBytes} bytes within ${timeoutMs} ms`, cause });
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}

/** `fetch` would obey HTTP_PROXY here, and has no way to be told not to. */
function openLocal(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  get(url, { signal, agent: false }, resolve).on("error", reject);
  return promise;
}

async function readText(response: AsyncIterable<Uint8Array>, mostBytes: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of response) {
    sizeBytes += piece.byteLength;
    if (sizeBytes > mostBytes) throw new RangeError(`found more than ${mostBytes} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}
