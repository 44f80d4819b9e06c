// How large the batches of one model on one engine are. It begins with a guess for the kind of device and learns from runs
// that have to be done anyway, while everything is busy: now and then a batch is half or twice as large as the others, and
// when the middle one of such runs is clearly cheaper a token, the budget takes one step. Smaller batches wait less, so a
// larger one has to gain more; one step at a time, between bounds, so that no wrong reading does much harm.
import { RunSamples, sizeOf } from "./run-samples.ts";
import type { RunSample } from "./run-samples.ts";

/** What is known of a model's batches. */
export interface BudgetRecord {
  /** Bound of the padded cost `longest x count`. */
  maxTokens: number;
  /** What a run costs beside its cells, in tokens: so much padding is worth one run less. */
  runTokens: number;
}

export interface BudgetBounds {
  start: BudgetRecord;
  least: BudgetRecord;
  most: BudgetRecord;
}

export interface NextBatch {
  maxTokens: number;
  /** Whether what it took is wanted. */
  isMeasured: boolean;
}

/** A larger batch has to save so much a token; a smaller one may not even cost as much. */
const WORTH_GROWING = 0.95;
const WORTH_SHRINKING = 1.03;
/** One of so many batches is larger, one is smaller. */
const TRIAL_EVERY = 16;
/** Samples after which there may be something new to learn: comparing them costs more than a run's other bookkeeping. */
const LEARN_EVERY = 8;
/** Smaller changes of it change no batch. */
const RUN_TOKENS_STEP = 1.25;

export class BatchBudget {
  readonly #bounds: BudgetBounds;
  readonly #onChange: (record: BudgetRecord) => void;
  #samples = new RunSamples();
  #record: BudgetRecord;
  #batches = 0;
  #added = 0;

  /** `known` is brought within the bounds. `onChange` is called with what holds from now on. */
  constructor(bounds: BudgetBounds, onChange: (record: BudgetRecord) => void, known: BudgetRecord = bounds.start) {
    this.#bounds = bounds;
    this.#onChange = onChange;
    this.#record = clampRecord(known, bounds);
  }

  get record(): BudgetRecord {
    return this.#record;
  }

  /** As found on disk. Says nothing where that is what holds anyway. */
  restore(known: BudgetRecord): void {
    this.#set(clampRecord(known, this.#bounds));
  }

  /** `isBusy`: everything is, so that the batch's time will compare; else there is nothing to try. */
  next(isBusy: boolean): NextBatch {
    const { maxTokens } = this.#record;
    if (!isBusy) return { maxTokens, isMeasured: false };
    const turn = this.#batches++ % TRIAL_EVERY;
    if (turn === 0) return { maxTokens: Math.min(maxTokens * 2, this.#bounds.most.maxTokens), isMeasured: true };
    if (turn === 2) return { maxTokens: Math.max(maxTokens / 2, this.#bounds.least.maxTokens), isMeasured: true };
    // Only those beside the trials: what else the machine does is then the same for all that are compared.
    return { maxTokens, isMeasured: turn === 1 || turn === 3 };
  }

  /** To be called with batches that are measured, when they were computed while everything was busy. */
  add(sample: RunSample): void {
    if (sample.seconds <= 0) return;
    this.#samples.add(sample);
    if (++this.#added % LEARN_EVERY !== 0) return;
    this.#set(clampRecord({ maxTokens: this.#learnMaxTokens(), runTokens: this.#learnRunTokens() }, this.#bounds));
  }

  #learnMaxTokens(): number {
    const { maxTokens } = this.#record;
    const size = sizeOf(maxTokens);
    const grown = this.#samples.compare(size + 1, size);
    if (grown !== undefined && grown < WORTH_GROWING) return maxTokens * 2;
    const own = this.#samples.compare(size, size - 1);
    return own !== undefined && own > WORTH_SHRINKING ? maxTokens / 2 : maxTokens;
  }

  #learnRunTokens(): number {
    const { runTokens, maxTokens } = this.#record;
    const found = this.#samples.findRunTokens(sizeOf(maxTokens) - 2);
    if (found === undefined) return runTokens;
    const near = Math.max(found, runTokens) <= Math.min(found, runTokens) * RUN_TOKENS_STEP;
    return near ? runTokens : Math.round(found);
  }

  #set(record: BudgetRecord): void {
    const { maxTokens, runTokens } = this.#record;
    if (record.maxTokens === maxTokens && record.runTokens === runTokens) return;
    // What was compared before was another step: the next one needs runs of its own.
    if (record.maxTokens !== maxTokens) this.#samples = new RunSamples();
    this.#record = record;
    this.#onChange(record);
  }
}

function clampRecord({ maxTokens, runTokens }: BudgetRecord, { least, most }: BudgetBounds): BudgetRecord {
  return {
    maxTokens: clamp(2 ** sizeOf(maxTokens), least.maxTokens, most.maxTokens),
    runTokens: clamp(runTokens, least.runTokens, most.runTokens),
  };
}

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));
