// The queue in front of one runner. Models take turns, one batch each, and so do the requests of a model; a batch takes
// items of several requests. After a crash the texts that were in flight run again one by one with nothing beside them,
// after another failure each request's own again, so that one bad text costs one request and no other.
import { TermiteError } from "../errors.ts";
import type { Log } from "../log.ts";
import { NO_METRICS } from "../metrics.ts";
import type { BatchFacts, Metrics } from "../metrics.ts";
import { INNOCENT_DEATHS, isCrash, isInnocent } from "../runners/crash.ts";
import type { Runner } from "../runners/runner.ts";
import type { HeadResult } from "../heads/head.ts";
import type { TokenBatch } from "../tensor.ts";
import { CPU_BATCHES } from "./batches/batch-bounds.ts";
import { BatchesByModel } from "./batches/model-batches.ts";
import { RunClock } from "./batches/run-clock.ts";
import { createItemResults } from "./item-results.ts";
import { Job } from "./job.ts";
import type { Entry } from "./job.ts";
import { Lane } from "./lane.ts";
import { createLiveSignal } from "./live-signal.ts";
import type { Scheduler, Work } from "./scheduler.ts";
import { SpeedMeter } from "./speed-meter.ts";
import { createTokenBatch } from "./token-batch.ts";

export interface SchedulerOptions {
  runner: Pick<Runner, "run" | "credit">;
  /** Default: what is usual on a CPU, and nothing is kept. */
  batches?: Pick<BatchesByModel, "next" | "add">;
  log: Log;
  metrics?: Metrics;
}

/** A text that was in flight when the runner died. */
interface Suspect {
  entry: Entry;
  innocentDeaths: number;
}

/** What runs together. */
interface Batch {
  entries: Entry[];
  /** Whether what it takes tells how large batches should be. */
  isMeasured: boolean;
}

/** One scheduler serves one runner. */
export function createScheduler(options: SchedulerOptions): Scheduler {
  return new Queue(options);
}

class Queue implements Scheduler {
  readonly #runner: Pick<Runner, "run" | "credit">;
  readonly #batches: Pick<BatchesByModel, "next" | "add">;
  readonly #clock: RunClock;
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #meter = new SpeedMeter();
  /** By model and head, the next in turn first. */
  readonly #lanes = new Map<string, Lane>();
  /** One request's part of a batch that failed for several. */
  readonly #parts: Batch[] = [];
  #suspects: Suspect[] = [];
  #inFlight = 0;
  #isLoneRun = false;
  /** Tokens done since the meter was told. */
  #doneTokens = 0;

  constructor({ runner, batches, log, metrics = NO_METRICS }: SchedulerOptions) {
    this.#runner = runner;
    this.#batches = batches ?? new BatchesByModel({ ...CPU_BATCHES, log, metrics });
    this.#clock = new RunClock(() => this.#runsAtOnce);
    this.#log = log;
    this.#metrics = metrics;
  }

  tokensPerSecond(): number | undefined {
    return this.#meter.tokensPerSecond;
  }

  async submit(work: Work): Promise<HeadResult[]> {
    work.signal.throwIfAborted();
    if (work.items.length === 0) return [];
    const job = new Job(work);
    const onAbort = (): void => this.#fail(job, work.signal.reason);
    work.signal.addEventListener("abort", onAbort, { once: true });
    this.#resolveLane(job).add(job);
    this.#dispatch();
    try {
      return await job.finished;
    } finally {
      work.signal.removeEventListener("abort", onAbort);
    }
  }

  #resolveLane(job: Job): Lane {
    const key = formatLane(job);
    const lane = this.#lanes.get(key) ?? new Lane(job.model);
    // A key that is there keeps its turn.
    this.#lanes.set(key, lane);
    return lane;
  }

  #fail(job: Job, reason: unknown): void {
    job.fail(reason);
    this.#lanes.get(formatLane(job))?.remove(job);
  }

  #dispatch(): void {
    this.#fillRunner();
    this.#meter.note(this.#isLoneRun || this.#inFlight >= this.#runner.credit, this.#doneTokens);
    this.#doneTokens = 0;
  }

  /** Up to its credit. While there are suspects, one of them runs and nothing else. */
  #fillRunner(): void {
    this.#suspects = this.#suspects.filter(({ entry }) => !entry.job.signal.aborted);
    while (this.#suspects.length === 0 && !this.#isLoneRun && this.#inFlight < this.#runner.credit) {
      const batch = this.#parts.shift() ?? this.#takeBatch();
      if (batch === undefined) return;
      void this.#runBatch(batch);
    }
    if (this.#inFlight > 0) return;
    const suspect = this.#suspects.shift();
    if (suspect !== undefined) void this.#runAlone(suspect);
  }

  /** Of the lane in turn, which goes to the end; a lane where nothing waits is forgotten. */
  #takeBatch(): Batch | undefined {
    for (const [key, lane] of this.#lanes) {
      this.#lanes.delete(key);
      const { isMeasured, ...limits } = this.#batches.next(lane.model, this.#inFlight >= this.#runsAtOnce);
      const entries = lane.takeBatch(limits);
      if (entries === undefined) continue;
      this.#lanes.set(key, lane);
      return { entries, isMeasured };
    }
    return undefined;
  }

  /** One less than is in flight at most. */
  get #runsAtOnce(): number {
    return Math.max(1, this.#runner.credit - 1);
  }

  async #runBatch(batch: Batch): Promise<void> {
    try {
      await this.#run(batch);
    } catch (error) {
      this.#handleFailure(batch.entries.filter(({ job }) => !job.signal.aborted), error);
    } finally {
      this.#dispatch();
    }
  }

  /** `batch`: what somebody still waits for. */
  #handleFailure(batch: readonly Entry[], error: unknown): void {
    if (isCrash(error)) {
      this.#log.warn("runner crashed: its texts run again one by one", { texts: batch.length });
      this.#suspects.push(...batch.map((entry) => ({ entry, innocentDeaths: 0 })));
      return;
    }
    const parts = [...Map.groupBy(batch, ({ job }) => job).values()];
    if (parts.length > 1) this.#parts.push(...parts.map((entries) => ({ entries, isMeasured: false })));
    else for (const { job } of parts[0] ?? []) this.#fail(job, error);
  }

  async #runAlone(suspect: Suspect): Promise<void> {
    const { entry } = suspect;
    this.#isLoneRun = true;
    try {
      await this.#run({ entries: [entry], isMeasured: false });
    } catch (error) {
      if (isCrash(error) && isInnocent(error.details) && ++suspect.innocentDeaths < INNOCENT_DEATHS) this.#suspects.unshift(suspect);
      else this.#fail(entry.job, isCrash(error) ? createConviction(error) : error);
    } finally {
      this.#isLoneRun = false;
      this.#dispatch();
    }
  }

  async #run({ entries, isMeasured }: Batch): Promise<void> {
    const [first] = entries;
    if (first === undefined) return;
    const { model, head, name } = first.job;
    for (const entry of entries) this.#noteStart(entry);
    const { signal, dispose } = createLiveSignal([...new Set(entries.map(({ job }) => job.signal))]);
    this.#inFlight++;
    const ticket = this.#clock.begin();
    this.#metrics.noteRunStarted();
    const startedAt = performance.now();
    let facts: BatchFacts | undefined;
    try {
      const tokens = createTokenBatch(entries.map(({ item }) => item));
      const result = await this.#runner.run(model, head, tokens, signal);
      facts = describeBatch(name, tokens, performance.now() - startedAt);
      const results = createItemResults(result, entries.length);
      entries.forEach((entry, at) => {
        const itemResult = results[at];
        if (itemResult !== undefined) entry.job.add(entry, itemResult);
      });
    } finally {
      dispose();
      this.#inFlight--;
      const { seconds, isSaturated } = this.#clock.end(ticket);
      if (isMeasured && isSaturated && facts !== undefined) this.#learn(model, facts, seconds);
      this.#doneTokens += facts?.tokens ?? 0;
      this.#metrics.noteRunEnded(facts);
    }
  }

  #learn(model: string, { paddedTokens, texts }: BatchFacts, seconds: number): void {
    this.#batches.add(model, { paddedTokens, longest: paddedTokens / texts, seconds });
  }

  #noteStart(entry: Entry): void {
    const waitedMs = entry.job.start(entry);
    if (waitedMs !== undefined) this.#metrics.noteQueueWait(entry.job.name, waitedMs / 1000);
  }
}

function describeBatch(model: string, { ids, lengths }: TokenBatch, ms: number): BatchFacts {
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  return { model, texts: lengths.length, tokens: ids.length, paddedTokens: longest * lengths.length, seconds: ms / 1000 };
}

function formatLane({ model, head }: Job): string {
  return `${model}\n${head}`;
}

function createConviction(cause: TermiteError): TermiteError {
  const found = "the runner process ended twice while it ran one of the texts";
  return new TermiteError("runner_crashed", `Cannot run model: ${found}`, { cause, details: cause.details });
}
