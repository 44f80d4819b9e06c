// The interface between pipelines and the queue in front of a runner. Implemented by `queue.ts`.
import type { HeadResult } from "../heads/head.ts";

/** One tokenized text. */
export interface TokenItem {
  /** Special tokens included, already truncated to the model's limit. */
  ids: Int32Array;
  typeIds?: Int32Array;
  /** Leading tokens (a prompt) that pooling leaves out. */
  poolFrom?: number;
}

export interface Work {
  /** A `RunnerModel.key` that is loaded. */
  model: string;
  /** The name of one of that model's heads. */
  head: string;
  items: readonly TokenItem[];
  /** The client left, or the deadline passed: queued items are dropped, runs in flight are stopped. */
  signal: AbortSignal;
  /** The model's name, for metrics; its key where absent. */
  name?: string;
  /** Clients take turns, whatever number of requests each has. */
  client?: string;
  /** Called after each item that is done, with the number of its tokens. */
  onDone?: (tokens: number) => void;
  /** Called when a run takes an item, by its place; again if it has to run once more. */
  onStart?: (index: number) => void;
  /** Called with each result as soon as it is there, by the item's place. */
  onResult?: (index: number, result: HeadResult) => void;
}

export interface Scheduler {
  /** One result per item, in the items' order (a dense result then has one row). Rejects with the first failure. */
  submit(work: Work): Promise<HeadResult[]>;
  /** What it gets through while something always waits; `undefined` where that was not measured lately. */
  tokensPerSecond(): number | undefined;
}
