// What waits for one head of one model. Clients take turns to choose a batch's first item, and so do the requests of a
// client, each its longest that waits; items of nearly that length, shorter or longer, ride along, whoever's they are. So nobody waits longer
// than one batch for each client and each own request before it. How many ride along is a matter of cost: each one saves
// a part of a run, and is padded to the longest.
import type { Entry, Job } from "./job.ts";

export interface BatchLimits {
  /** Bound of the padded cost `longest x count`; an item above it runs alone. */
  maxTokens: number;
  maxItems: number;
  /** What a run costs beside its cells, in tokens: items further apart than that never share one. */
  runTokens: number;
  /** Lengths that an engine pads to anyway, ascending; absent: any length. */
  lengths?: readonly number[] | undefined;
}

export class Lane {
  readonly model: string;
  /** By client, the next in turn first; of each its requests, the next in turn first. */
  readonly #turns = new Map<string, Job[]>();
  /** Items that wait, and some that a batch has taken, by their length; the oldest first. */
  readonly #byLength = new Map<number, Entry[]>();

  constructor(model: string) {
    this.model = model;
  }

  add(job: Job): void {
    const own = this.#turns.get(job.client);
    // A client that is there keeps its turn.
    if (own === undefined) this.#turns.set(job.client, [job]);
    else own.push(job);
    for (const entry of job.entries) {
      const { length } = entry.item.ids;
      const entries = this.#byLength.get(length);
      if (entries === undefined) this.#byLength.set(length, [entry]);
      else entries.push(entry);
    }
  }

  /** Forgets what of it waits. */
  remove(job: Job): void {
    const own = this.#turns.get(job.client)?.filter((other) => other !== job) ?? [];
    if (own.length > 0) this.#turns.set(job.client, own);
    else this.#turns.delete(job.client);
    for (const length of new Set(job.entries.map(({ item }) => item.ids.length))) {
      const others = this.#byLength.get(length)?.filter((entry) => entry.job !== job) ?? [];
      if (others.length > 0) this.#byLength.set(length, others);
      else this.#byLength.delete(length);
    }
  }

  /** The next batch, the item in turn first; `undefined` when nothing waits. */
  takeBatch(limits: BatchLimits): Entry[] | undefined {
    const first = this.#takeFirst();
    if (first === undefined) return undefined;
    const { longest, shortest } = this.#findRange(first.item.ids.length, limits);
    const most = countMost(longest, limits);
    const batch = [first];
    for (let length = longest; length >= shortest && batch.length < most; length--) {
      batch.push(...this.#takeOfLength(length, most - batch.length));
    }
    return batch;
  }

  /** The lengths around the first item's whose items ride along, so that the run and the padding cost least for each item. */
  #findRange(own: number, limits: BatchLimits): LengthRange {
    const furthest = padLength(own, limits) + limits.runTokens;
    const known = new Map<number, number>();
    const countAt = (length: number): number => {
      const count = known.get(length) ?? this.#countWaiting(length, limits.maxItems);
      known.set(length, count);
      return count;
    };
    let best: RangeCost = { longest: own, shortest: own, cost: Infinity };
    for (let longest = own; longest <= furthest; longest++) {
      if (longest > own && countAt(longest) === 0) continue;
      const found = findCheapest({ own, longest, countAt, limits });
      if (found.cost < best.cost) best = found;
    }
    return best;
  }

  /** Not further than to `most`. */
  #countWaiting(length: number, most: number): number {
    let count = 0;
    for (const { isWaiting } of this.#byLength.get(length) ?? []) {
      if (count === most) break;
      if (isWaiting) count++;
    }
    return count;
  }

  #takeFirst(): Entry | undefined {
    for (const [client, jobs] of this.#turns) {
      this.#turns.delete(client);
      const entry = takeNext(jobs);
      if (entry === undefined) continue;
      if (jobs.length > 0) this.#turns.set(client, jobs);
      return entry;
    }
    // Nothing waits: what is left in the lists was taken.
    this.#byLength.clear();
    return undefined;
  }

  #takeOfLength(length: number, most: number): Entry[] {
    const entries = this.#byLength.get(length);
    if (entries === undefined) return [];
    const taken: Entry[] = [];
    let at = 0;
    for (; at < entries.length && taken.length < most; at++) {
      const entry = entries[at];
      if (entry?.isWaiting !== true) continue;
      entry.isWaiting = false;
      taken.push(entry);
    }
    entries.splice(0, at);
    if (entries.length === 0) this.#byLength.delete(length);
    return taken;
  }
}

interface LengthRange {
  longest: number;
  shortest: number;
}

interface RangeCost extends LengthRange {
  /** Tokens' worth of run and padding for each item. */
  cost: number;
}

interface RangeQuestion {
  /** Of the item that is in the batch anyway. */
  own: number;
  longest: number;
  /** How many items of a length wait. */
  countAt: (length: number) => number;
  limits: BatchLimits;
}

/** How far down from `longest` it pays to go. */
function findCheapest({ own, longest, countAt, limits }: RangeQuestion): RangeCost {
  const { runTokens } = limits;
  const padded = padLength(longest, limits);
  const most = countMost(longest, limits);
  let count = 1;
  let padding = padded - padLength(own, limits);
  if (padding > runTokens || most < 1) return { longest, shortest: longest, cost: Infinity };
  let cheapest: RangeCost = { longest, shortest: longest, cost: runTokens + padding };
  for (let length = longest; length > 0 && count < most; length--) {
    const gap = padded - padLength(length, limits);
    if (gap > runTokens) break;
    const more = Math.min(countAt(length), most - count);
    if (more === 0) continue;
    count += more;
    padding += more * gap;
    const cost = (runTokens + padding) / count;
    if (cost <= cheapest.cost) cheapest = { longest, shortest: length, cost };
  }
  return cheapest;
}

const countMost = (longest: number, limits: BatchLimits): number => {
  return Math.min(limits.maxItems, Math.floor(limits.maxTokens / padLength(longest, limits)));
};

/** Of the job in turn, which goes to the end; a job where nothing waits is left out. */
function takeNext(jobs: Job[]): Entry | undefined {
  for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
    const entry = job.findWaiting();
    if (entry === undefined) continue;
    entry.isWaiting = false;
    if (job.findWaiting() !== undefined) jobs.push(job);
    return entry;
  }
  return undefined;
}

/** What a text of this length takes when it is the longest of its run. */
function padLength(length: number, { lengths = [] }: BatchLimits): number {
  return lengths.find((padded) => padded >= length) ?? length;
}
