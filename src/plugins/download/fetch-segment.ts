// One segment from an http source into its partial file, from where that file ends.
import { fetchRange } from "../../net/fetch-range.ts";
import type { HttpOptions } from "../../net/http-options.ts";
import type { PartialFolder } from "./partial-folder.ts";
import type { Segment } from "./plan-items.ts";

export interface FetchSegmentOptions {
  http: HttpOptions;
  segment: Segment;
  partials: PartialFolder;
  /** Of it in the file already. */
  heldBytes: number;
  /** Of the whole wheel. */
  wheelBytes: number;
  onBytes: (count: number) => void;
}

/** Throws what `fetchRange` throws, or what the system says; what arrived before stays. */
export async function fetchSegment(url: URL, options: FetchSegmentOptions): Promise<void> {
  const { http, segment, partials, heldBytes, wheelBytes, onBytes } = options;
  const file = partials.open(segment.name);
  try {
    const range = { start: segment.start + heldBytes, end: segment.end, totalBytes: wheelBytes };
    for await (const bytes of fetchRange(url, { ...http, ...range })) {
      const count = bytes.length;
      file.append(bytes);
      freeBytes(bytes);
      onBytes(count);
    }
  } finally {
    file.close();
  }
}

/**
 * Gives the memory back now and not at the next garbage collection: what the network brings next finds it warm, which
 * saves most of the page faults and a hundred megabytes at the peak.
 */
export function freeBytes({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
