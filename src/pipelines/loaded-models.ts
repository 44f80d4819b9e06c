// Models in use: tokenizer open and session loaded in the runner, once for the files as they are. A changed file is
// another model; what was loaded before leaves the runner when its last user does.
import type { SessionFacts } from "../backends/backend.ts";
import type { Log } from "../log.ts";
import type { ModelManifest } from "../models/manifest.ts";
import type { Runner } from "../runners/runner.ts";
import { raceAbort } from "../race-abort.ts";
import type { Tokenizers } from "../tokenizers/open.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";

/** The name under which every embedding model's head is known to the runner. */
export const EMBED_HEAD = "embed";

export interface LoadedModel {
  manifest: ModelManifest;
  tokenizer: Tokenizer;
  facts: SessionFacts;
}

export interface LoadedModelsOptions {
  tokenizers: Tokenizers;
  runner: Pick<Runner, "load" | "unload">;
  log: Log;
  /** Called when the model inside the executable cannot be loaded: extracts it anew if it is damaged. True when it was. */
  repairEmbedded: () => Promise<boolean>;
}

interface Entry {
  id: string;
  key: string;
  loading: Promise<LoadedModel>;
  isLoaded: boolean;
  users: number;
  /** Counts up: what was asked for later is the newer state of the files, whichever load ends first. */
  order: number;
  /** Its files have changed and their new state is loaded. */
  isRetired: boolean;
}

export class LoadedModels {
  readonly #options: LoadedModelsOptions;
  /** By fingerprint. */
  readonly #entries = new Map<string, Entry>();
  #lastOrder = 0;

  constructor(options: LoadedModelsOptions) {
    this.#options = options;
  }

  /** True when `use` would not wait. */
  has(manifest: ModelManifest): boolean {
    return this.#entries.get(manifest.fingerprint)?.isLoaded ?? false;
  }

  /**
   * Calls `task` with the loaded model and keeps it loaded until the task ends. Everyone who waits for one load gets
   * its failure; the next call tries again. Rejects with the signal's reason when it aborts before the model is loaded.
   */
  async use<T>(
    manifest: ModelManifest,
    signal: AbortSignal | undefined,
    task: (model: LoadedModel) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    const entry = this.#entries.get(manifest.fingerprint) ?? this.#begin(manifest);
    entry.users += 1;
    if (entry.isRetired) this.#revive(entry);
    try {
      return await task(await raceAbort(entry.loading, signal));
    } finally {
      entry.users -= 1;
      if (entry.isRetired && entry.users === 0) void this.#unload(entry);
    }
  }

  #begin(manifest: ModelManifest): Entry {
    const { id, fingerprint: key } = manifest;
    const loading = loadModel(this.#options, manifest);
    const entry: Entry = { id, key, loading, isLoaded: false, users: 0, order: ++this.#lastOrder, isRetired: false };
    this.#entries.set(key, entry);
    entry.loading.then(
      () => {
        entry.isLoaded = true;
        return this.#retireOlder(entry);
      },
      () => this.#entries.get(key) === entry && this.#entries.delete(key),
    );
    return entry;
  }

  #retireOlder(current: Entry): void {
    for (const entry of this.#entries.values()) {
      if (entry.id !== current.id || entry.order >= current.order) continue;
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
    this.#entries.delete(entry.key);
    if (!entry.isLoaded) await Promise.allSettled([entry.loading]);
    // Wanted again while its load came to an end.
    if (this.#entries.has(entry.key)) return;
    try {
      await this.#options.runner.unload(entry.key);
    } catch (error) {
      this.#options.log.warn("cannot unload a model whose files changed", { model: entry.id, error: String(error) });
    }
    // A tokenizer's memory is native: nothing else tells the collector that it is worth a round.
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
  const { tokenizers, runner, log } = options;
  const { id, fingerprint: key, graphFile, tokenizerFile, head, embedded, maxTokens } = manifest;
  const startedAt = performance.now();
  const tokenizer = await tokenizers.open({ file: tokenizerFile, name: id, trusted: embedded });
  const facts = await runner.load({ key, name: id, graphFile, heads: { [EMBED_HEAD]: head }, maxTokens });
  const ms = Math.round(performance.now() - startedAt);
  const { maxTokensOrigin, poolingOrigin } = manifest;
  log.info("model loaded", { model: id, ms, pooling: poolingOrigin, limit: maxTokens, limitFrom: maxTokensOrigin });
  return { manifest, tokenizer, facts };
}
