// What waits for one head of one model. Clients take turns to choose a batch's first item, and so do the requests of a
// client, each its longest that waits; items of nearly that length ride along, whoever's they are. So nobody waits longer
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

  /** The next batch, its longest item first; `undefined` when nothing waits. */
  takeBatch(limits: BatchLimits): Entry[] | undefined {
    const first = this.#takeFirst();
    if (first === undefined) return undefined;
    const longest = first.item.ids.length;
    const most = Math.min(limits.maxItems, Math.floor(limits.maxTokens / padLength(longest, limits)));
    const shortest = this.#findShortest(longest, most, limits);
    const batch = [first];
    for (let length = longest; length >= shortest && batch.length < most; length--) {
      batch.push(...this.#takeOfLength(length, most - batch.length));
    }
    return batch;
  }

  /** The length down to which items ride along, so that the run and the padding cost least for each item. */
  #findShortest(longest: number, most: number, limits: BatchLimits): number {
    const { runTokens } = limits;
    const padded = padLength(longest, limits);
    let shortest = longest;
    let [count, padding, least] = [1, 0, runTokens];
    for (let length = longest; length > 0 && count < most; length--) {
      const gap = padded - padLength(length, limits);
      if (gap > runTokens) break;
      const more = this.#countWaiting(length, most - count);
      if (more === 0) continue;
      count += more;
      padding += more * gap;
      const cost = (runTokens + padding) / count;
      if (cost <= least) [shortest, least] = [length, cost];
    }
    return shortest;
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
