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
  for (const model of preload) {
    if (signal.aborted) return;
    await embedder.preload(model, { signal }).catch((error: unknown) => {
      if (!signal.aborted) log.warn("cannot preload", { model, error: formatError(error) });
    });
  }
  if (signal.aborted) return;
  const failure = await defaultModel.check();
  if (failure !== undefined && !signal.aborted && runnerStatus().state === "failed") throw failure;
}
