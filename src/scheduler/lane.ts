// What waits for one head of one model. Clients take turns to choose a batch's first item, and so do the requests of a
// client, each its longest that waits; items of nearly that length ride along, whoever's they are. So nobody waits longer
// than one batch for each client and each own request before it, and little of a batch is padding.
import type { Entry, Job } from "./job.ts";

export interface BatchLimits {
  /** Bound of the padded cost `longest x count`; an item above it runs alone. */
  maxTokens: number;
  maxItems: number;
}

/** Texts up to a quarter (and eight tokens) apart share a batch: more padding costs more than a second call. */
const LENGTH_RATIO = 1.25;
const LENGTH_SLACK = 8;

export class Lane {
  readonly #limits: BatchLimits;
  /** By client, the next in turn first; of each its requests, the next in turn first. */
  readonly #turns = new Map<string, Job[]>();
  /** Items that wait, and some that a batch has taken, by their length; the oldest first. */
  readonly #byLength = new Map<number, Entry[]>();

  constructor(limits: BatchLimits) {
    this.#limits = limits;
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
  takeBatch(): Entry[] | undefined {
    const first = this.#takeFirst();
    if (first === undefined) return undefined;
    const longest = first.item.ids.length;
    const most = Math.min(this.#limits.maxItems, Math.floor(this.#limits.maxTokens / longest));
    const batch = [first];
    for (let length = longest; length > 0 && isClose(longest, length) && batch.length < most; length--) {
      batch.push(...this.#takeOfLength(length, most - batch.length));
    }
    return batch;
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

function isClose(longest: number, length: number): boolean {
  return longest <= length * LENGTH_RATIO + LENGTH_SLACK;
}
