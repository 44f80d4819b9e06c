// One request's work while it is in the queue: its batches, what has come back, and who waits for it.
import type { HeadResult } from "../heads/head.ts";
import type { BatchLimits } from "./batches.ts";
import { createBatches } from "./batches.ts";
import type { TokenItem, Work } from "./scheduler.ts";

export class Job {
  readonly model: string;
  readonly head: string;
  readonly finished: Promise<HeadResult[]>;
  readonly #work: Work;
  readonly #batches: number[][];
  readonly #results: HeadResult[] = [];
  readonly #settled = Promise.withResolvers<HeadResult[]>();
  readonly #controller = new AbortController();
  #missing: number;

  constructor(work: Work, limits: BatchLimits) {
    this.#work = work;
    this.model = work.model;
    this.head = work.head;
    const lengths = work.items.map(({ ids }) => ids.length);
    this.#batches = createBatches(lengths, limits);
    this.#missing = lengths.length;
    this.finished = this.#settled.promise;
  }

  /** Aborts when nobody waits for the job any more: its client has gone, or one of its items has failed. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get hasBatches(): boolean {
    return this.#batches.length > 0;
  }

  /** The next batch, by the indices of its items. */
  takeBatch(): number[] | undefined {
    return this.#batches.shift();
  }

  items(indices: readonly number[]): TokenItem[] {
    return indices.flatMap((index) => this.#work.items[index] ?? []);
  }

  /** Results of the items at `indices`, in that order. After the last one the job is finished. */
  add(indices: readonly number[], results: readonly HeadResult[]): void {
    if (this.signal.aborted) return;
    for (const [at, index] of indices.entries()) {
      const result = results[at];
      if (result === undefined) continue;
      this.#results[index] = result;
      this.#missing--;
    }
    if (this.#missing === 0) this.#settled.resolve(this.#results);
  }

  /** Drops what is queued, stops what runs, rejects with `reason`. */
  fail(reason: unknown): void {
    this.#batches.length = 0;
    this.#settled.reject(reason);
    this.#controller.abort(reason);
  }
}
