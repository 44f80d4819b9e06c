// The composition: assets, model store, tokenizers, runner, scheduler and embedder, wired for one process.
import { totalmem } from "node:os";
import { createChildEnvironment } from "../config/env.ts";
import { formatError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { ModelStore } from "../models/manifest.ts";
import type { Embedder } from "../pipelines/embed-request.ts";
import { createEmbedder } from "../pipelines/embed.ts";
import type { Runner } from "../runners/runner.ts";
import { explainLoadFailure } from "../runtime/load-failure.ts";
import { readBuildInfo } from "../runtime/build-info.ts";
import type { AssetStore } from "../runtime/assets.ts";
import { createRunner } from "../runners/supervisor.ts";
import { createScheduler } from "../scheduler/queue.ts";
import { createTokenizers } from "../tokenizers/open.ts";
import { childCommand } from "./child-command.ts";
import type { Context } from "./context.ts";
import { openAssets, openStore } from "./store.ts";
import { chooseTarget } from "./target.ts";

export interface Engine {
  store: ModelStore;
  embedder: Embedder;
  runner: Runner;
  /** Ends the runner after the runs in flight. */
  close(): Promise<void>;
}

/** Extracts what is needed, starts the runner. The default model is not loaded yet. */
export async function openEngine({ loaded, log, environment }: Context): Promise<Engine> {
  const { config } = loaded;
  const target = chooseTarget(loaded);
  if (target.reason !== null) {
    log.warn("serving on another target than requested", { ...target, reason: target.reason });
  }
  const childEnvironment = createChildEnvironment(environment);
  const assets = openAssets(config.home, childEnvironment);
  const runner = createRunner({
    target,
    command: childCommand("__runner"),
    // ONNX Runtime writes a device id and a database into the home unless this is set before it is loaded.
    environment: createChildEnvironment(environment, { ORT_DISABLE_TELEMETRY: "1" }),
    libraryPath: await assets.path("libonnxruntime"),
    cores: navigator.hardwareConcurrency,
    buildId: readBuildInfo().build,
    memoryCeilingBytes: resolveMemoryCeiling(),
    explainFailure: explainLoadFailure,
    repairLibrary: () => repairLibrary(assets, log),
    log,
  });
  const store = openStore({ loaded, log, assets });
  const tokenizers = createTokenizers({
    addonPath: () => assets.path("tokenizers"),
    repairAddon: () => assets.repair("tokenizers"),
    checkCommand: childCommand("__tokenizer"),
    environment: childEnvironment,
  });
  const scheduler = createScheduler({ runner, log });
  const embedder = createEmbedder({
    store,
    tokenizers,
    runner,
    scheduler,
    log,
    repairEmbedded: () => assets.repair("default-model"),
  });
  return { store, embedder, runner, close: () => runner.close() };
}

/** Three quarters of what this process may use: past it the kernel's choice of a victim is near. */
function resolveMemoryCeiling(): number {
  const constrained = process.constrainedMemory();
  const available = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return Math.floor(available * 0.75);
}

async function repairLibrary(assets: AssetStore, log: Log): Promise<void> {
  try {
    if (await assets.repair("libonnxruntime")) log.warn("the engine's library was damaged on disk and is extracted anew");
  } catch (error) {
    log.error("cannot repair the engine's library", { error: formatError(error) });
  }
}
