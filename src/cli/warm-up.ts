// Before a server is ready the models of `preload` are loaded and the default model answers one text.
import { formatError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Embedder } from "../pipelines/embed-request.ts";
import type { RunnerStatus } from "../runners/runner.ts";
import type { DefaultModel } from "./default-model.ts";

export interface WarmUpOptions {
  preload: readonly string[];
  embedder: Embedder;
  defaultModel: DefaultModel;
  runnerStatus: () => RunnerStatus;
  log: Log;
  /** The server was told to stop: what is not loaded yet need not be. */
  signal: AbortSignal;
}

/** Rejects only where no engine can run at all; a model that cannot load makes the server `failed`, and others still serve. */
export async function warmUp({ preload, embedder, defaultModel, runnerStatus, log, signal }: WarmUpOptions): Promise<void> {
  const preloaded = new Set<string>();
  for (const name of preload) {
    if (signal.aborted) return;
    try {
      preloaded.add((await embedder.preload(name, { signal })).model);
    } catch (error) {
      if (!signal.aborted) log.warn("cannot preload", { model: name, error: formatError(error) });
    }
  }
  if (signal.aborted) return;
  const failure = await defaultModel.check();
  if (failure !== undefined && !signal.aborted && runnerStatus().state === "failed") throw failure;
  for (const model of findUnloaded(preloaded, embedder)) {
    log.warn("a preloaded model had to leave", { model, hint: "max_loaded_models, max_memory_mb and keep_alive bound what stays" });
  }
}

function findUnloaded(models: ReadonlySet<string>, embedder: Embedder): ReadonlySet<string> {
  return models.difference(new Set(embedder.loaded().map(({ manifest }) => manifest.id)));
}
