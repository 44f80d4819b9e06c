// Which bytes are asked for next, and which item is unpacked next. Knows neither network nor disk.
// The open items are fed evenly, so that every Worker that unpacks has something to do. A network that is faster than they
// are is held back: few connections are enough for it then, and neither memory nor partial files pile up.
import type { DownloadItem, Segment } from "./plan-items.ts";
import type { BytePlace } from "./unpack-protocol.ts";

/** Fetched and not unpacked yet, over all items: when it is more, nothing new is asked for. */
const READY_BYTES = 48 * 1024 * 1024;

/** Ready of the file that is wanted first: its Worker is busy, so others may be fetched meanwhile. */
const FIRST_READY_BYTES = 16 * 1024 * 1024;

/** Where the bytes of a segment are. */
export interface ReadySegment {
  place: BytePlace;
  /** The turn of the source that all its bytes are from; `undefined` where nobody can be blamed for them. */
  turn: number | undefined;
}

export interface QueuedItem {
  readonly item: DownloadItem;
  /** What nobody fetches or has fetched, in order. */
  readonly wanted: number[];
  readonly ready: Map<number, ReadySegment>;
  /** Taken and not unpacked yet. */
  aheadBytes: number;
  /** Of them, fetched. */
  readyBytes: number;
  isUnpacking: boolean;
}

/** One segment of one item, while somebody fetches it. */
export interface Unit {
  queued: QueuedItem;
  index: number;
  segment: Segment;
}

export class DownloadQueue {
  readonly #items: readonly QueuedItem[];
  readonly #openAtOnce: number;
  #readyBytes = 0;
  #unpackedItems = 0;

  /** `openAtOnce`: how many items are unpacked at the same time. */
  constructor(items: readonly DownloadItem[], openAtOnce: number) {
    this.#openAtOnce = openAtOnce;
    this.#items = items.map((item) => ({
      item, wanted: item.segments.map((_, index) => index), ready: new Map(), aheadBytes: 0, readyBytes: 0, isUnpacking: false,
    }));
  }

  get isDone(): boolean {
    return this.#unpackedItems === this.#items.length;
  }

  /** The next segment to fetch, of an item that `accepts`; `undefined` while there is none or enough is there. */
  take(accepts: (item: DownloadItem) => boolean): Unit | undefined {
    const waiting = this.#items.filter(({ wanted }) => wanted.length > 0).slice(0, this.#openAtOnce);
    const [first] = waiting;
    const isFirstHungry = first?.item.isFirst === true && first.readyBytes < FIRST_READY_BYTES;
    const candidates = (isFirstHungry ? [first] : waiting).filter(({ item }) => accepts(item));
    const [chosen] = candidates.sort((one, other) => one.aheadBytes - other.aheadBytes);
    // What an item waits for is fetched whatever lies about of others.
    if (chosen === undefined || (chosen.aheadBytes > 0 && this.#readyBytes >= READY_BYTES)) return undefined;
    return this.#takeFrom(chosen);
  }

  /** All that is wanted of one wheel, in the wheel's order. */
  takeWheel(file: string): Unit[] {
    const units = this.#items
      .filter(({ item }) => item.wheel.file === file)
      .flatMap((queued) => [...queued.wanted].map(() => this.#takeFrom(queued)).filter((unit) => unit !== undefined));
    return units.sort((one, other) => one.segment.start - other.segment.start);
  }

  /** It was not fetched, or not right. */
  putBack({ queued, index, segment }: Unit): void {
    if (queued.ready.delete(index)) this.#addReady(queued, -countSegment(segment));
    queued.wanted.unshift(index);
    queued.aheadBytes -= countSegment(segment);
  }

  markReady({ queued, index, segment }: Unit, ready: ReadySegment): void {
    queued.ready.set(index, ready);
    this.#addReady(queued, countSegment(segment));
  }

  /** The first item that nobody unpacks and whose first bytes are there. */
  takeUnpackable(): QueuedItem | undefined {
    const found = this.#items.find(({ isUnpacking, ready }) => !isUnpacking && ready.has(0));
    if (found !== undefined) found.isUnpacking = true;
    return found;
  }

  markUnpacked({ queued, segment }: Unit): void {
    this.#addReady(queued, -countSegment(segment));
    queued.aheadBytes -= countSegment(segment);
  }

  markItemUnpacked(): void {
    this.#unpackedItems += 1;
  }

  #addReady(queued: QueuedItem, bytes: number): void {
    queued.readyBytes += bytes;
    this.#readyBytes += bytes;
  }

  #takeFrom(queued: QueuedItem): Unit | undefined {
    const index = queued.wanted.shift();
    const segment = index === undefined ? undefined : queued.item.segments[index];
    if (index === undefined || segment === undefined) return undefined;
    queued.aheadBytes += countSegment(segment);
    return { queued, index, segment };
  }
}

function countSegment({ start, end }: Segment): number {
  return end - start;
}
