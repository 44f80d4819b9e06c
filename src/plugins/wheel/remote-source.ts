// A wheel on an HTTP server as random access: every read is one exact range.
import { fetchRange } from "../../net/fetch-range.ts";
import type { HttpOptions } from "../../net/http-options.ts";
import type { ByteSource } from "./byte-source.ts";

export interface RemoteSourceOptions {
  name: string;
  url: URL;
  /** A server that says another size is refused. */
  sizeBytes: number;
  http: HttpOptions;
}

/** Its streams throw `download_failed`; `isRangeRefused(error)` where the server has no ranges. */
export function createRemoteSource({ name, url, sizeBytes, http }: RemoteSourceOptions): ByteSource {
  return {
    name,
    sizeBytes,
    stream: (offset, lengthBytes) =>
      fetchRange(url, { ...http, start: offset, end: offset + lengthBytes, totalBytes: sizeBytes }),
  };
}
