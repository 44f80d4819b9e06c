// Models in use: tokenizer open and session loaded in the runner, once for the files as they are. A changed file is
// another model; what was loaded before leaves the runner when its last user does.
import type { SessionFacts } from "../backends/backend.ts";
import type { Log } from "../log.ts";
import type { ModelManifest } from "../models/manifest.ts";
import type { Runner } from "../runners/runner.ts";
import { raceAbort } from "../runners/race-abort.ts";
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

export interface LoadedModels {
  /** True when `use` would not wait. */
  has(manifest: ModelManifest): boolean;
  /**
   * Calls `task` with the loaded model and keeps it loaded until the task ends. Everyone who waits for one load gets
   * its failure; the next call tries again. Rejects with the signal's reason when it aborts before the model is loaded.
   */
  use<T>(
    manifest: ModelManifest,
    signal: AbortSignal | undefined,
    task: (model: LoadedModel) => Promise<T>,
  ): Promise<T>;
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

export function createLoadedModels(options: LoadedModelsOptions): LoadedModels {
  /** By fingerprint. */
  const entries = new Map<string, Entry>();
  let lastOrder = 0;

  const unload = async (entry: Entry): Promise<void> => {
    entries.delete(entry.key);
    if (!entry.isLoaded) await Promise.allSettled([entry.loading]);
    // Wanted again while its load came to an end.
    if (entries.has(entry.key)) return;
    try {
      await options.runner.unload(entry.key);
    } catch (error) {
      options.log.warn("cannot unload a model whose files changed", { model: entry.id, error: String(error) });
    }
  };
  const retireOlder = (current: Entry): void => {
    for (const entry of entries.values()) {
      if (entry.id !== current.id || entry.order >= current.order) continue;
      entry.isRetired = true;
      if (entry.users === 0) void unload(entry);
    }
  };
  /** The files are again as they were, before the last user of that state left. */
  const revive = (entry: Entry): void => {
    entry.isRetired = false;
    entry.order = ++lastOrder;
    retireOlder(entry);
  };
  const begin = (manifest: ModelManifest): Entry => {
    const { id, fingerprint: key } = manifest;
    const loading = loadModel(options, manifest);
    const entry: Entry = { id, key, loading, isLoaded: false, users: 0, order: ++lastOrder, isRetired: false };
    entries.set(key, entry);
    entry.loading.then(
      () => {
        entry.isLoaded = true;
        return retireOlder(entry);
      },
      () => entries.get(key) === entry && entries.delete(key),
    );
    return entry;
  };
  const use: LoadedModels["use"] = async (manifest, signal, task) => {
    signal?.throwIfAborted();
    const entry = entries.get(manifest.fingerprint) ?? begin(manifest);
    entry.users += 1;
    if (entry.isRetired) revive(entry);
    try {
      return await task(await raceAbort(entry.loading, signal));
    } finally {
      entry.users -= 1;
      if (entry.isRetired && entry.users === 0) void unload(entry);
    }
  };
  return { use, has: (manifest) => entries.get(manifest.fingerprint)?.isLoaded ?? false };
}

async function loadModel(options: LoadedModelsOptions, manifest: ModelManifest): Promise<LoadedModel> {
  try {
    return await openModel(options, manifest);
  } catch (error) {
    if (!manifest.embedded || !(await options.repairEmbedded())) throw error;
    options.log.warn("the model inside the executable was damaged on disk and is extracted anew", { model: manifest.id });
    return await openModel(options, manifest);
  }
}

/** The tokenizer first: its check is cheap next to a session. */
async function openModel(options: LoadedModelsOptions, manifest: ModelManifest): Promise<LoadedModel> {
  const { tokenizers, runner, log } = options;
  const { id, fingerprint, graphFile, tokenizerFile, head, embedded } = manifest;
  const startedAt = performance.now();
  const tokenizer = await tokenizers.open({ file: tokenizerFile, name: id, trusted: embedded });
  const facts = await runner.load({ key: fingerprint, name: id, graphFile, heads: { [EMBED_HEAD]: head } });
  const ms = Math.round(performance.now() - startedAt);
  log.info("model loaded", { model: id, ms, pooling: manifest.poolingOrigin, limit: manifest.maxTokens });
  return { manifest, tokenizer, facts };
}
