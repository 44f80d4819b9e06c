// One request's work while it is in the queue: which of its items wait, what has come back, and who waits for it.
import type { HeadResult } from "../heads/head.ts";
import type { TokenItem, Work } from "./scheduler.ts";

/** One item of a job. */
export interface Entry {
  readonly job: Job;
  readonly index: number;
  readonly item: TokenItem;
  /** False once a batch has taken it. */
  isWaiting: boolean;
}

export class Job {
  readonly model: string;
  readonly head: string;
  /** For metrics. */
  readonly name: string;
  readonly client: string;
  readonly submittedAt = performance.now();
  /** Longest first, so that the cheapest batches come last and the engines become idle together. */
  readonly entries: readonly Entry[];
  readonly finished: Promise<HeadResult[]>;
  readonly #results: HeadResult[] = [];
  readonly #settled = Promise.withResolvers<HeadResult[]>();
  readonly #controller = new AbortController();
  readonly #told: Pick<Work, "onStart" | "onResult" | "onDone">;
  #isStarted = false;
  #next = 0;
  #missing: number;

  constructor({ model, head, items, name = model, client = "", ...told }: Work) {
    this.model = model;
    this.head = head;
    this.name = name;
    this.client = client;
    this.#told = told;
    this.entries = items
      .map((item, index) => ({ job: this, index, item, isWaiting: true }))
      .sort((left, right) => right.item.ids.length - left.item.ids.length);
    this.#missing = items.length;
    this.finished = this.#settled.promise;
  }

  /** Aborts when nobody waits for the job any more: its client has gone, or one of its items has failed. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The longest of its items that waits. */
  findWaiting(): Entry | undefined {
    while (this.entries[this.#next]?.isWaiting === false) this.#next++;
    return this.entries[this.#next];
  }

  /** One of its items runs. The milliseconds that the job waited; `undefined` if one has run before. */
  start({ index }: Entry): number | undefined {
    this.#told.onStart?.(index);
    if (this.#isStarted) return undefined;
    this.#isStarted = true;
    return performance.now() - this.submittedAt;
  }

  /** The result of one of its items. After the last one the job is finished. */
  add({ index, item }: Entry, result: HeadResult): void {
    if (this.signal.aborted) return;
    this.#results[index] = result;
    this.#missing--;
    this.#told.onDone?.(item.ids.length);
    this.#told.onResult?.(index, result);
    if (this.#missing === 0) this.#settled.resolve(this.#results);
  }

  /** Drops what waits, rejects with `reason`; a run that only it is in is stopped by `signal`. */
  fail(reason: unknown): void {
    for (const entry of this.entries) entry.isWaiting = false;
    this.#settled.reject(reason);
    this.#controller.abort(reason);
  }
}
