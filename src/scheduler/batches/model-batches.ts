// The bounds of every loaded model's batches on one engine: what the configuration says, what was learned, or what is usual
// for the kind of device; and who is told when they change.
import { formatError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { NO_METRICS } from "../../metrics.ts";
import type { Metrics } from "../../metrics.ts";
import type { BatchLimits } from "../lane.ts";
import { BatchBudget } from "./batch-budget.ts";
import type { BudgetBounds, BudgetRecord } from "./batch-budget.ts";
import type { BudgetStore } from "./budget-store.ts";
import type { RunSample } from "./run-samples.ts";

/** What a scheduler is told of a model once it is loaded. */
export interface ModelShape {
  name: string;
  /** Instead of what would be learned. */
  maxBatchTokens?: number | undefined;
  /** Shapes that the engine pads a batch to, where it has only some. */
  buckets?: readonly { batch: number; length: number }[] | undefined;
}

export interface ModelBatchesOptions {
  bounds: BudgetBounds;
  maxItems: number;
  /** For every model that names none. */
  maxBatchTokens?: number | undefined;
  /** Absent: what is learned is forgotten at the end. */
  store?: BudgetStore | undefined;
  log: Log;
  metrics?: Metrics | undefined;
}

interface ModelBatches {
  budget: BatchBudget;
  /** The configuration's: nothing is learned. */
  fixedTokens: number | undefined;
  lengths: readonly number[] | undefined;
}

/** For the next batch of a model. */
export interface NextLimits extends BatchLimits {
  /** Whether what it took is wanted. */
  isMeasured: boolean;
}

export class BatchesByModel {
  readonly #options: ModelBatchesOptions;
  readonly #models = new Map<string, ModelBatches>();

  constructor(options: ModelBatchesOptions) {
    this.#options = options;
  }

  /** To be called when a model is loaded; again when it is loaded again. */
  note(key: string, shape: ModelShape): void {
    const known = this.#models.get(key);
    const { lengths, fixedTokens } = this.#describe(shape);
    const model = { budget: known?.budget ?? this.#createBudget(key, shape.name), fixedTokens, lengths };
    this.#models.set(key, model);
    this.#tellMetrics(shape.name, fixedTokens ?? model.budget.record.maxTokens);
    if (known === undefined && fixedTokens === undefined) void this.#restore(key, model.budget);
  }

  forget(key: string): void {
    this.#models.delete(key);
  }

  /** `isBusy`: everything is. A model that nobody told of has the usual bounds. */
  next(key: string, isBusy: boolean): NextLimits {
    const { maxItems, bounds: { start }, maxBatchTokens } = this.#options;
    const { budget, fixedTokens = maxBatchTokens, lengths } = this.#models.get(key) ?? {};
    const { maxTokens, runTokens } = budget?.record ?? start;
    const isFixed = budget === undefined || fixedTokens !== undefined;
    const next = isFixed ? { maxTokens: fixedTokens ?? maxTokens, isMeasured: false } : budget.next(isBusy);
    return { ...next, maxItems, runTokens, lengths };
  }

  add(key: string, sample: RunSample): void {
    this.#models.get(key)?.budget.add(sample);
  }

  #describe({ maxBatchTokens, buckets }: ModelShape): Pick<ModelBatches, "lengths" | "fixedTokens"> {
    const lengths = buckets && [...new Set(buckets.map(({ length }) => length))].sort((left, right) => left - right);
    return { lengths, fixedTokens: maxBatchTokens ?? this.#options.maxBatchTokens };
  }

  #createBudget(key: string, name: string): BatchBudget {
    const { bounds, store, log } = this.#options;
    return new BatchBudget(bounds, (record) => {
      log.info("batch budget changed", { model: name, maxBatchTokens: record.maxTokens, runTokens: record.runTokens });
      this.#tellMetrics(name, record.maxTokens);
      void store?.write(key, record).catch((error: unknown) => {
        log.debug("cannot keep a batch budget", { model: name, error: formatError(error) });
      });
    });
  }

  async #restore(key: string, budget: BatchBudget): Promise<void> {
    const record: BudgetRecord | undefined = await this.#options.store?.read(key);
    if (record !== undefined) budget.restore(record);
  }

  #tellMetrics(model: string, maxTokens: number): void {
    (this.#options.metrics ?? NO_METRICS).noteBatchBudget(model, maxTokens);
  }
}
