// The queue in front of one runner. Requests take turns, one batch each; after a crash the texts that were in flight run
// again one by one with nothing beside them, so that one poisonous text costs one request and no other.
import { TermiteError } from "../errors.ts";
import type { HeadResult } from "../heads/head.ts";
import type { Log } from "../log.ts";
import { INNOCENT_DEATHS, isCrash, isInnocent } from "../runners/crash.ts";
import type { Runner } from "../runners/runner.ts";
import type { BatchLimits } from "./batches.ts";
import { createTokenBatch } from "./batches.ts";
import { createItemResults } from "./item-results.ts";
import { Job } from "./job.ts";
import type { Scheduler, Work } from "./scheduler.ts";

export interface SchedulerOptions {
  runner: Pick<Runner, "run" | "credit">;
  maxBatchTokens?: number;
  maxBatchItems?: number;
  log: Log;
}

/** A text that was in flight when the runner died. */
interface Suspect {
  job: Job;
  index: number;
  innocentDeaths: number;
}

/** One scheduler serves one runner; `maxBatchTokens` bounds `longest x count`. */
export function createScheduler({ runner, maxBatchTokens = 1024, maxBatchItems = 64, log }: SchedulerOptions): Scheduler {
  return new Queue(runner, { maxTokens: maxBatchTokens, maxItems: maxBatchItems }, log);
}

class Queue implements Scheduler {
  readonly #runner: Pick<Runner, "run" | "credit">;
  readonly #limits: BatchLimits;
  readonly #log: Log;
  /** Jobs with batches left, the next in turn first. */
  #turns: Job[] = [];
  #suspects: Suspect[] = [];
  #inFlight = 0;
  #isLoneRun = false;

  constructor(runner: Pick<Runner, "run" | "credit">, limits: BatchLimits, log: Log) {
    this.#runner = runner;
    this.#limits = limits;
    this.#log = log;
  }

  async submit(work: Work): Promise<HeadResult[]> {
    work.signal.throwIfAborted();
    if (work.items.length === 0) return [];
    const job = new Job(work, this.#limits);
    const onAbort = (): void => this.#fail(job, work.signal.reason);
    work.signal.addEventListener("abort", onAbort, { once: true });
    this.#turns.push(job);
    this.#dispatch();
    try {
      return await job.finished;
    } finally {
      work.signal.removeEventListener("abort", onAbort);
    }
  }

  /** Fills the runner up to its credit. While there are suspects, one of them runs and nothing else. */
  #dispatch(): void {
    while (this.#suspects.length === 0 && !this.#isLoneRun && this.#inFlight < this.#runner.credit) {
      const job = this.#turns.shift();
      if (job === undefined) return;
      const batch = job.takeBatch();
      if (job.hasBatches) this.#turns.push(job);
      if (batch !== undefined) void this.#runBatch(job, batch);
    }
    if (this.#inFlight > 0) return;
    const suspect = this.#suspects.shift();
    if (suspect !== undefined) void this.#runAlone(suspect);
  }

  async #runBatch(job: Job, indices: number[]): Promise<void> {
    try {
      await this.#run(job, indices);
    } catch (error) {
      if (!isCrash(error)) return this.#fail(job, error);
      this.#log.warn("runner crashed: its texts run again one by one", { texts: indices.length });
      const suspects = indices.map((index) => ({ job, index, innocentDeaths: 0 }));
      this.#suspects.push(...suspects.filter(() => !job.signal.aborted));
    } finally {
      this.#dispatch();
    }
  }

  async #runAlone(suspect: Suspect): Promise<void> {
    const { job, index } = suspect;
    this.#isLoneRun = true;
    try {
      await this.#run(job, [index]);
    } catch (error) {
      if (isCrash(error) && isInnocent(error.details) && ++suspect.innocentDeaths < INNOCENT_DEATHS) this.#suspects.unshift(suspect);
      else this.#fail(job, isCrash(error) ? createConviction(error) : error);
    } finally {
      this.#isLoneRun = false;
      this.#dispatch();
    }
  }

  async #run(job: Job, indices: number[]): Promise<void> {
    this.#inFlight++;
    try {
      const batch = createTokenBatch(job.items(indices));
      const result = await this.#runner.run(job.model, job.head, batch, job.signal);
      job.add(indices, createItemResults(result, indices.length));
    } finally {
      this.#inFlight--;
    }
  }

  #fail(job: Job, reason: unknown): void {
    job.fail(reason);
    this.#turns = this.#turns.filter((other) => other !== job);
    this.#suspects = this.#suspects.filter((suspect) => suspect.job !== job);
  }
}

function createConviction(cause: TermiteError): TermiteError {
  const found = "the runner process ended twice while it ran one of the texts";
  return new TermiteError("runner_crashed", `Cannot run model: ${found}`, { cause, details: cause.details });
}
