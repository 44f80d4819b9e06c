// A whole file to disk, for servers without ranges: hashed while it is written, gone again when it is wrong.
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { TermiteError } from "../errors.ts";
import { formatAddress } from "./address.ts";
import { createDownloadError } from "./download-error.ts";
import type { HttpOptions } from "./http-options.ts";
import { openResponse } from "./open-response.ts";
import { createRetries } from "./retries.ts";

export interface FetchFileOptions extends HttpOptions {
  path: string;
  sizeBytes: number;
  sha256: string;
}

/** Writes the file at `path` (mode 0600). Throws `download_failed` or `hash_mismatch`; then there is no file. */
export async function fetchFile(url: URL, options: FetchFileOptions): Promise<void> {
  try {
    await fetchWithRetries(url, options);
  } catch (error) {
    await rm(options.path, { force: true });
    throw error;
  }
}

async function fetchWithRetries(url: URL, options: FetchFileOptions): Promise<void> {
  const retries = createRetries(options);
  for (;;) {
    try {
      return await fetchFileOnce(url, options);
    } catch (error) {
      await retries.check(error);
    }
  }
}

async function fetchFileOnce(url: URL, { path, sizeBytes, sha256, ...options }: FetchFileOptions): Promise<void> {
  const response = await openResponse(url, { "accept-encoding": "identity" }, options);
  const hash = createHash("sha256");
  async function* readHashed(): AsyncGenerator<Uint8Array> {
    let received = 0;
    for await (const piece of response.body) {
      received += piece.byteLength;
      if (received > sizeBytes) throw createDownloadError(url, { found: `found more than ${sizeBytes} bytes` });
      hash.update(piece);
      yield piece;
    }
    if (received === sizeBytes) return;
    throw createDownloadError(url, {
      found: `the answer ended after ${received} of ${sizeBytes} bytes`,
      passing: true,
    });
  }
  await pipeline(readHashed(), createWriteStream(path, { mode: 0o600 }));
  const found = hash.digest("hex");
  if (found === sha256) return;
  throw new TermiteError("hash_mismatch", `Cannot use "${formatAddress(url)}": found sha256 ${found}, need ${sha256}`);
}
