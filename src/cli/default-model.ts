// Keeps readiness true to the default model: it is ready once it answered a text, failed when it cannot be loaded any more,
// and tried again for as long as it fails, because whoever waits for readiness sends no requests.
import { TermiteError } from "../errors.ts";
import type { Log, LogFields } from "../log.ts";
import type { Embedder } from "../pipelines/embed-request.ts";
import type { ProgramCount } from "../server/deps.ts";
import type { Lifecycle } from "./lifecycle.ts";

const FIRST_TEXT = "termite";
const RETRY_MS = 5_000;
/** Failures of the model itself; a refused text or a passed deadline says nothing about it. */
const MODEL_FAILURES: readonly string[] = ["model_load_failed", "model_not_found"];

export interface DefaultModelOptions {
  embedder: Embedder;
  model: string;
  lifecycle: Lifecycle;
  log: Log;
  /** The server was told to stop: nothing is tried any more. */
  signal: AbortSignal;
  retryMs?: number;
  /** How many programs of a loaded model are ready; absent: no engine has any. */
  programs?: ProgramFigures;
}

export interface ProgramFigures {
  /** Has engines asked for what `count` tells. */
  refresh(): Promise<void>;
  /** By the model's id; `undefined` where there are none. */
  count(model: string): ProgramCount | undefined;
}

export class DefaultModel {
  readonly #options: DefaultModelOptions;
  /** Of the model that answered, which may be an alias's. */
  #id: string | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(options: DefaultModelOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", () => clearTimeout(this.#retry), { once: true });
  }

  /** The embedder to serve with: what its requests for the default model meet is noted. Unloading it changes nothing. */
  get embedder(): Embedder {
    const { embedder } = this.#options;
    return {
      ...embedder,
      preload: (model, options) => this.#watch(model, embedder.preload(model, options)),
      embed: (request) => this.#watch(request.model, embedder.embed(request)),
    };
  }

  /** As its engine said it last; `undefined` where it has none. */
  programs(): ProgramCount | undefined {
    return this.#id === undefined ? undefined : this.#options.programs?.count(this.#id);
  }

  /** Has one text answered and says what came of it; a failure is tried again in the background. */
  async check(): Promise<Error | undefined> {
    const { embedder, model, lifecycle, log, signal } = this.#options;
    const startedAt = performance.now();
    try {
      this.#id = (await embedder.embed({ model, texts: [FIRST_TEXT], truncate: true, signal })).model;
      lifecycle.markReady();
      log.info("ready", { model, ms: Math.round(performance.now() - startedAt), ...(await this.#describePrograms()) });
      return undefined;
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      if (!signal.aborted) this.#noteFailure(failure);
      return failure;
    }
  }

  async #describePrograms(): Promise<LogFields> {
    await this.#options.programs?.refresh();
    const count = this.programs();
    return count === undefined ? {} : { programsReady: count.ready, programsPlanned: count.planned };
  }

  async #watch<T>(model: string, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      const isOwn = model === this.#options.model && error instanceof TermiteError && MODEL_FAILURES.includes(error.code);
      if (isOwn) this.#noteFailure(error);
      throw error;
    }
  }

  #noteFailure(failure: Error): void {
    const { model, lifecycle, log, retryMs = RETRY_MS } = this.#options;
    lifecycle.markFailed(failure.message);
    if (this.#retry !== undefined) return;
    const hint = failure instanceof TermiteError ? failure.hint : undefined;
    log.error("default model cannot answer", { model, error: failure.message, hint });
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      void this.check();
    }, retryMs);
  }
}
