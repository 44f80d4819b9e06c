// Models in use: tokenizer open and session loaded in the runner, once for the files as they are. A changed file is
// another model; what was loaded before leaves the runner when its last user does. A model that nobody asks for leaves too.
import type { SessionFacts } from "../../backends/backend.ts";
import { formatError } from "../../errors.ts";
import type { Log, LogFields } from "../../log.ts";
import type { ModelManifest } from "../../models/manifest.ts";
import type { Runner } from "../../runners/runner.ts";
import { raceAbort } from "../../race-abort.ts";
import type { LoadedSummary } from "../embed-request.ts";
import { KeepAlive, SYSTEM_CLOCK, type Clock } from "./keep-alive.ts";
import { addRawHead } from "../embed/raw-head.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";

export interface LoadedModel {
  manifest: ModelManifest;
  tokenizer: Tokenizer;
  facts: SessionFacts;
}

export interface LoadedModelsOptions {
  openTokenizer: (manifest: ModelManifest) => Promise<Tokenizer>;
  runner: Pick<Runner, "load" | "unload">;
  log: Log;
  /** Called when the model inside the executable cannot be loaded: extracts it anew if it is damaged. True when it was. */
  repairEmbedded: () => Promise<boolean>;
  /** How long a model stays loaded after its last use, where no request says it; `Infinity`: for ever. */
  keepAliveMs: number;
  /** Replaced in tests. */
  clock?: Clock;
}

export interface UseOptions {
  signal?: AbortSignal | undefined;
  /** How long the model stays loaded from now on; 0: until nobody uses it. */
  keepAliveMs?: number | undefined;
}

interface Entry {
  manifest: ModelManifest;
  loading: Promise<LoadedModel>;
  isLoaded: boolean;
  users: number;
  /** Counts up: what was asked for later is the newer state of the files, whichever load ends first. */
  order: number;
  /** Its files have changed and their new state is loaded. */
  isRetired: boolean;
  keepAlive: KeepAlive;
}

export class LoadedModels {
  readonly #options: LoadedModelsOptions;
  /** By fingerprint. */
  readonly #entries = new Map<string, Entry>();
  /** By fingerprint: what is leaving the runner. */
  readonly #leaving = new Map<string, Promise<void>>();
  #lastOrder = 0;
  #isClosed = false;

  constructor(options: LoadedModelsOptions) {
    this.#options = options;
  }

  /** True when `use` would not wait. */
  has(manifest: ModelManifest): boolean {
    return this.#entries.get(manifest.fingerprint)?.isLoaded ?? false;
  }

  /** Every model from its first use until it is unloaded; not the states before a change that are still in use. */
  list(): LoadedSummary[] {
    const current = [...this.#entries.values()].filter(({ isRetired }) => !isRetired);
    return current.map((entry) => ({
      manifest: entry.manifest,
      isLoaded: entry.isLoaded,
      expiresAtMs: entry.keepAlive.expiresAtMs,
    }));
  }

  /**
   * Calls `task` with the loaded model and keeps it loaded until the task ends. Everyone who waits for one load gets
   * its failure; the next call tries again. Rejects with the signal's reason when it aborts before the model is loaded.
   */
  async use<T>(
    manifest: ModelManifest,
    task: (model: LoadedModel) => Promise<T>,
    { signal, keepAliveMs }: UseOptions = {},
  ): Promise<T> {
    signal?.throwIfAborted();
    const entry = this.#entries.get(manifest.fingerprint) ?? this.#begin(manifest);
    entry.users += 1;
    entry.keepAlive.hold(keepAliveMs);
    if (entry.isRetired) this.#revive(entry);
    try {
      return await task(await raceAbort(entry.loading, signal));
    } finally {
      entry.users -= 1;
      if (entry.users === 0) this.#release(entry);
    }
  }

  /** Has a model leave as soon as nobody uses it, in every state that is loaded. Loads nothing. */
  expire(id: string): void {
    for (const entry of this.#entries.values()) {
      if (entry.manifest.id !== id) continue;
      entry.keepAlive.hold(0);
      if (entry.users === 0) this.#release(entry);
    }
  }

  /** Nothing expires any more: the runner is about to end with all that it holds. */
  close(): void {
    this.#isClosed = true;
    for (const { keepAlive } of this.#entries.values()) keepAlive.stop();
  }

  #begin(manifest: ModelManifest): Entry {
    const { fingerprint: key } = manifest;
    const { keepAliveMs: ms, clock = SYSTEM_CLOCK } = this.#options;
    const keepAlive = new KeepAlive({ ms, clock, onExpired: () => void this.#unload(entry) });
    const loading = this.#load(manifest);
    const state = { isLoaded: false, users: 0, order: ++this.#lastOrder, isRetired: false };
    const entry: Entry = { manifest, loading, keepAlive, ...state };
    this.#entries.set(key, entry);
    entry.loading.then(
      () => {
        entry.isLoaded = true;
        return this.#retireOlder(entry);
      },
      () => {
        keepAlive.stop();
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
      },
    );
    return entry;
  }

  /** After the same state of the files has left, if it is just leaving: both at once would need memory for two. */
  async #load(manifest: ModelManifest): Promise<LoadedModel> {
    await this.#leaving.get(manifest.fingerprint);
    return await loadModel(this.#options, manifest);
  }

  #release(entry: Entry): void {
    // Its load failed, or nothing matters any more.
    if (this.#isClosed || this.#entries.get(entry.manifest.fingerprint) !== entry) return;
    if (entry.isRetired) void this.#unload(entry);
    else entry.keepAlive.release();
  }

  #retireOlder(current: Entry): void {
    for (const entry of this.#entries.values()) {
      if (entry.manifest.id !== current.manifest.id || entry.order >= current.order) continue;
      entry.isRetired = true;
      if (entry.users === 0) void this.#unload(entry);
    }
  }

  /** The files are again as they were, before the last user of that state left. */
  #revive(entry: Entry): void {
    entry.isRetired = false;
    entry.order = ++this.#lastOrder;
    this.#retireOlder(entry);
  }

  async #unload(entry: Entry): Promise<void> {
    const { fingerprint: key } = entry.manifest;
    if (this.#entries.get(key) !== entry) return;
    entry.keepAlive.stop();
    this.#entries.delete(key);
    const leaving = this.#leave(entry);
    this.#leaving.set(key, leaving);
    await leaving;
    if (this.#leaving.get(key) === leaving) this.#leaving.delete(key);
  }

  async #leave({ manifest: { id: model, fingerprint: key }, loading, isLoaded, isRetired }: Entry): Promise<void> {
    if (!isLoaded) await Promise.allSettled([loading]);
    // Wanted again while its load came to an end.
    if (this.#entries.has(key)) return;
    try {
      await this.#options.runner.unload(key);
      this.#options.log.info("model unloaded", { model, reason: isRetired ? "its files changed" : "keep_alive" });
    } catch (error) {
      this.#options.log.warn("cannot unload a model", { model, error: formatError(error) });
    }
    // A tokenizer's memory is native: nothing else tells the collector that it is worth a round (measured: 6 to 9 ms, and
    // `false` frees none of it).
    Bun.gc(true);
  }
}

async function loadModel(options: LoadedModelsOptions, manifest: ModelManifest): Promise<LoadedModel> {
  try {
    return await openModel(options, manifest);
  } catch (error) {
    if (!manifest.embedded || !(await options.repairEmbedded())) throw error;
    await options.runner.unload(manifest.fingerprint);
    options.log.warn("the model inside the executable was damaged on disk and is extracted anew", { model: manifest.id });
    return await openModel(options, manifest);
  }
}

/** The tokenizer first: its check is cheap next to a session. */
async function openModel(options: LoadedModelsOptions, manifest: ModelManifest): Promise<LoadedModel> {
  const { openTokenizer, runner, log } = options;
  const { id, fingerprint: key, graphFile, heads, maxTokens, target, precision } = manifest;
  const startedAt = performance.now();
  const tokenizer = await openTokenizer(manifest);
  const placement = { ...(target !== undefined && { target }), ...(precision !== undefined && { precision }) };
  const facts = await runner.load({ key, name: id, graphFile, heads: addRawHead(heads), maxTokens, ...placement });
  const ms = Math.round(performance.now() - startedAt);
  log.info("model loaded", { model: id, ms, ...describeManifest(manifest) });
  return { manifest, tokenizer, facts };
}

function describeManifest({ task, taskOrigin, poolingOrigin, maxTokens, maxTokensOrigin }: ModelManifest): LogFields {
  const pooling = task === "embed" ? { pooling: poolingOrigin } : {};
  return { task, taskFrom: taskOrigin, ...pooling, limit: maxTokens, limitFrom: maxTokensOrigin };
}
