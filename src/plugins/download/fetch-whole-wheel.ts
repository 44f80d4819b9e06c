// A server without ranges: the wheel is streamed from its first byte to the last that is wanted, and what passes by is put
// where the ranges would have put it. A broken stream starts anew, and what is there already is not written again.
import { createDownloadError } from "../../net/download-error.ts";
import type { HttpOptions } from "../../net/http-options.ts";
import { openResponse } from "../../net/open-response.ts";
import { createRetries } from "../../net/retries.ts";
import { freeBytes } from "./fetch-segment.ts";
import type { PartialFolder } from "./partial-folder.ts";
import type { Segment } from "./plan-items.ts";

export interface WantedSegment {
  segment: Segment;
  /** It is whole. */
  onReady: () => void;
}

export interface FetchWholeWheelOptions {
  http: HttpOptions;
  /** In the order of the wheel, none inside another. */
  wanted: readonly WantedSegment[];
  partials: PartialFolder;
  onBytes: (count: number) => void;
}

/** Throws `download_failed`, or what the system says; what arrived before stays. */
export async function fetchWholeWheel(url: URL, options: FetchWholeWheelOptions): Promise<void> {
  const { http, wanted } = options;
  const retries = createRetries(http);
  const left = wanted.filter(({ segment }) => segment.end > segment.start);
  wanted.filter((one) => !left.includes(one)).forEach(({ onReady }) => onReady());
  while (left.length > 0) {
    try {
      await streamOnce(url, left, options);
    } catch (error) {
      await retries.check(error);
    }
  }
}

async function streamOnce(url: URL, left: WantedSegment[], { http, partials, onBytes }: FetchWholeWheelOptions): Promise<void> {
  const response = await openResponse(url, { "accept-encoding": "identity" }, http);
  let position = 0;
  for await (const bytes of response.body) {
    const count = bytes.length;
    spread(left, { bytes, position, partials });
    freeBytes(bytes);
    position += count;
    onBytes(count);
    if (left.length === 0) return response.close();
  }
  throw createDownloadError(response.url, { found: `the answer ended after ${position} bytes`, passing: true });
}

interface ArrivedBytes {
  bytes: Uint8Array;
  /** In the wheel. */
  position: number;
  partials: PartialFolder;
}

/** Each wanted segment gets its part of `bytes`; those that are whole leave `left`. */
function spread(left: WantedSegment[], arrived: ArrivedBytes): void {
  const end = arrived.position + arrived.bytes.length;
  for (let next = left[0]; next !== undefined && next.segment.start < end; next = left[0]) {
    if (!isWholeWith(next.segment, arrived)) return;
    left.shift();
    next.onReady();
  }
}

function isWholeWith(segment: Segment, { bytes, position, partials }: ArrivedBytes): boolean {
  const held = partials.readHeldBytes(segment);
  const from = segment.start + held - position;
  const part = bytes.subarray(Math.max(0, from), Math.max(0, segment.end - position));
  // From a broken stream more may be there than has come by now.
  if (from > bytes.length || part.length === 0) return segment.start + held === segment.end;
  const file = partials.open(segment.name);
  try {
    file.append(part);
  } finally {
    file.close();
  }
  return segment.start + held + part.length === segment.end;
}
