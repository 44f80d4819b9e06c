// What is counted and timed as it happens. A batch costs a few observations (half a microsecond each), a request as many;
// a token none.
import type * as prom from "prom-client";
import type { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { BatchFacts, Metrics, RefusalReason, RequestFacts } from "../../metrics.ts";
import { BATCH_TEXTS, BATCH_TOKENS, LONG_SECONDS, SHORT_SECONDS } from "./buckets.ts";

export type Prometheus = Pick<typeof prom, "Counter" | "Gauge" | "Histogram">;

const REFUSALS: readonly RefusalReason[] = ["requests", "tokens", "time"];

export class Recorder implements Metrics {
  readonly #requests: Counter<"route" | "status">;
  readonly #errors: Counter<"route" | "code">;
  readonly #durations: Histogram<"route">;
  readonly #serializing: Histogram<"route">;
  readonly #refusals: Counter<"reason">;
  readonly #tokenizing: Histogram<"model">;
  readonly #waits: Histogram<"model">;
  readonly #runs: Histogram<"model">;
  readonly #batchTexts: Histogram<"model">;
  readonly #batchTokens: Histogram<"model">;
  readonly #texts: Counter<"model">;
  readonly #tokens: Counter<"model">;
  readonly #padding: Counter<"model">;
  readonly #failures: Counter;
  readonly #busy: Counter;
  readonly #budgets: Gauge<"model">;
  #requestsInFlight = 0;
  #runsInFlight = 0;
  #busySince = 0;

  constructor(client: Prometheus, registry: Registry) {
    const registers = [registry];
    const count = <T extends string>(name: string, help: string, labelNames: readonly T[]): Counter<T> =>
      new client.Counter({ name: `termite_${name}`, help, labelNames, registers });
    const measure = <T extends string>(name: string, help: string, label: T, buckets: number[]): Histogram<T> =>
      new client.Histogram({ name: `termite_${name}`, help, labelNames: [label], buckets, registers });
    this.#requests = count("requests_total", "Requests that were answered", ["route", "status"]);
    this.#errors = count("request_errors_total", "Requests that were answered with an error, by its code", ["route", "code"]);
    this.#durations = measure("request_duration_seconds", "From a request's headers until its answer", "route", LONG_SECONDS);
    this.#serializing = measure("serialize_duration_seconds", "From results to a body", "route", SHORT_SECONDS);
    this.#refusals = count("admission_refusals_total", "Requests refused with 429, by the bound that was reached", ["reason"]);
    this.#tokenizing = measure("tokenize_duration_seconds", "Tokenizing one request's texts", "model", SHORT_SECONDS);
    this.#waits = measure("queue_wait_seconds", "From a request's entry into the queue until its first text runs", "model", LONG_SECONDS);
    this.#runs = measure("run_duration_seconds", "One batch in the runner", "model", LONG_SECONDS);
    this.#batchTexts = measure("batch_texts", "Texts in a batch", "model", BATCH_TEXTS);
    this.#batchTokens = measure("batch_tokens", "Tokens in a batch, padding included", "model", BATCH_TOKENS);
    this.#texts = count("texts_total", "Texts that were run", ["model"]);
    this.#tokens = count("tokens_total", "Tokens that were run, without padding", ["model"]);
    this.#padding = count("padding_tokens_total", "Padding that was run beside them", ["model"]);
    this.#failures = count("run_failures_total", "Batches that failed or were stopped because nobody waited any more", []);
    this.#busy = count("busy_seconds_total", "Time during which at least one batch was in a runner", []);
    this.#budgets = new client.Gauge({
      name: "termite_batch_budget_tokens", help: "The most tokens of a batch, padding included", labelNames: ["model"], registers,
    });
    for (const reason of REFUSALS) this.#refusals.inc({ reason }, 0);
    this.#createGauges(client, registers);
  }

  noteRequestStarted(): void {
    this.#requestsInFlight++;
  }

  noteRequestEnded({ route, status, seconds, serializeSeconds, error }: RequestFacts): void {
    this.#requestsInFlight--;
    this.#requests.inc({ route, status });
    this.#durations.observe({ route }, seconds);
    if (serializeSeconds !== undefined) this.#serializing.observe({ route }, serializeSeconds);
    if (error !== undefined) this.#errors.inc({ route, code: error });
  }

  noteRefusal(reason: RefusalReason): void {
    this.#refusals.inc({ reason });
  }

  noteTokenized(model: string, seconds: number): void {
    this.#tokenizing.observe({ model }, seconds);
  }

  noteQueueWait(model: string, seconds: number): void {
    this.#waits.observe({ model }, seconds);
  }

  noteRunStarted(): void {
    if (this.#runsInFlight === 0) this.#busySince = performance.now();
    this.#runsInFlight++;
  }

  noteRunEnded(batch: BatchFacts | undefined): void {
    this.read();
    this.#runsInFlight--;
    if (batch === undefined) return this.#failures.inc();
    const { model, texts, tokens, paddedTokens, seconds } = batch;
    this.#runs.observe({ model }, seconds);
    this.#batchTexts.observe({ model }, texts);
    this.#batchTokens.observe({ model }, paddedTokens);
    this.#texts.inc({ model }, texts);
    this.#tokens.inc({ model }, tokens);
    this.#padding.inc({ model }, paddedTokens - tokens);
  }

  noteBatchBudget(model: string, maxTokens: number): void {
    this.#budgets.set({ model }, maxTokens);
  }

  /** Counts the busy time so far: a runner can be busy for hours. */
  read(): void {
    if (this.#runsInFlight === 0) return;
    const now = performance.now();
    this.#busy.inc((now - this.#busySince) / 1000);
    this.#busySince = now;
  }

  #createGauges({ Gauge }: Prometheus, registers: Registry[]): void {
    const requestsInFlight = (): number => this.#requestsInFlight;
    const runsInFlight = (): number => this.#runsInFlight;
    const show = (name: string, help: string, read: () => number): unknown =>
      new Gauge({ name: `termite_${name}`, help, registers, collect() { this.set(read()); } });
    show("requests_in_flight", "Requests that are being answered", requestsInFlight);
    show("runs_in_flight", "Batches that are in a runner", runsInFlight);
  }
}
