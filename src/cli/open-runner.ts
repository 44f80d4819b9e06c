// Starts the runner of a target: its library, what that needs in the environment and before it, and the queue in front.
import { join } from "node:path";
import { readCoreLimits, resolveEngineCores } from "../engine-cores.ts";
import { formatError } from "../errors.ts";
import type { Log } from "../log.ts";
import { NO_METRICS } from "../metrics.ts";
import type { Metrics } from "../metrics.ts";
import type { Hardware } from "../plugins/detect/hardware.ts";
import { readRuntime } from "../plugins/environment/read-runtime.ts";
import { createRunChild } from "../plugins/run-child.ts";
import type { FoundLibrary } from "../plugins/search/search-result.ts";
import { holdVersion } from "../plugins/store/version-hold.ts";
import type { AssetName, AssetStore } from "../runtime/assets.ts";
import { readBuildInfo } from "../runtime/build-info.ts";
import { explainLoadFailure } from "../runtime/load-failure.ts";
import type { Runner } from "../runners/runner.ts";
import { createRunner } from "../runners/supervisor.ts";
import { CPU_BATCHES, DEVICE_BATCHES } from "../scheduler/batches/batch-bounds.ts";
import { createBudgetStore } from "../scheduler/batches/budget-store.ts";
import { BatchesByModel } from "../scheduler/batches/model-batches.ts";
import type { Engine } from "../scheduler/engine-routes.ts";
import { createScheduler } from "../scheduler/queue.ts";
import type { Target, TargetChoice } from "../target.ts";
import { childCommand } from "./child-command.ts";
import type { Context } from "./context.ts";
import type { Machine } from "./machine.ts";
import { resolveOnnxLibrary } from "./onnx-library.ts";
import type { ReadTargetFacts } from "./target-facts.ts";

export interface OpenRunnerOptions extends Pick<Context, "loaded" | "environment" | "log"> {
  machine: Machine;
  hardware: Hardware;
  facts: ReadTargetFacts;
  assets: AssetStore;
  memoryCeilingBytes: number;
  /** Whether another target takes its place when it cannot start: then one try is enough. */
  hasNext: (target: Target) => boolean;
  signal: AbortSignal;
  /** Of a server. */
  metrics?: Metrics | undefined;
}

interface EngineLibrary {
  path: string;
  /** Of the executable: it is mended when it is damaged. */
  asset?: AssetName;
}

/** Gigabytes of libraries from a slow disk; libtpu takes up to a minute of its own. */
const DEVICE_START_MS = 180_000;

/** Rejects when the library cannot be had. The runner itself may still fail to start: ask its status. */
export async function openRunner(choice: TargetChoice, options: OpenRunnerOptions): Promise<Engine> {
  const { loaded, environment, machine, hardware, facts, assets, log } = options;
  const { actual: target } = choice;
  const isDevice = !target.endsWith(":cpu");
  const { found } = facts(target).search;
  const library = await resolveLibrary(target, found, options);
  const runtime = readRuntime(target, { libraryPath: library.path, environment, system: machine.system, hardware });
  for (const note of runtime.notes) log.warn(note);
  // Nobody removes it while it serves; the kernel lets go of it with this process.
  const hold = found?.origin === "installed" && found.path !== undefined ? holdVersion(found.path) : undefined;
  const { asset } = library;
  const cores = resolveEngineCores(readCoreLimits(machine.system.readText));
  const runner = createRunner({
    target: choice,
    command: childCommand("__runner"),
    environment: runtime.environment,
    libraryPath: library.path,
    preload: runtime.preload,
    cores,
    cacheFolder: join(loaded.config.home, "cache", "xla"),
    buildId: readBuildInfo().build,
    memoryCeilingBytes: options.memoryCeilingBytes,
    // Nobody installs the driver's library by itself.
    explainFailure: (message) => (message.includes("libcuda.so.1") ? undefined : explainLoadFailure(message)),
    log,
    ...(asset !== undefined && { repairLibrary: () => repairAsset(assets, asset, log) }),
    ...(isDevice && { timing: { startDeadlineMs: DEVICE_START_MS } }),
    ...(isDevice && options.hasNext(target) && { firstStarts: 1 }),
  });
  const close = async (): Promise<void> => {
    await runner.close();
    hold?.release();
  };
  const { metrics = NO_METRICS } = options;
  const batches = openBatches(runner, { cores, isDevice, options });
  return { runner, scheduler: createScheduler({ runner, batches, log, metrics }), batches, close };
}

/** What the batches of every model on this engine may be; what is learned of them is kept in the home. */
function openBatches(runner: Runner, { cores, isDevice, options }: BatchesOptions): BatchesByModel {
  const { loaded: { config }, log, metrics } = options;
  const identity = (): string => {
    const { target, engine } = runner.status();
    return JSON.stringify({ build: readBuildInfo().build, target: target.actual, ...engine, cores });
  };
  const store = createBudgetStore({ folder: join(config.home, "cache", "batches"), identity });
  const usual = isDevice ? DEVICE_BATCHES : CPU_BATCHES;
  return new BatchesByModel({ ...usual, maxBatchTokens: config.maxBatchTokens, store, log, metrics });
}

interface BatchesOptions {
  cores: number;
  isDevice: boolean;
  options: OpenRunnerOptions;
}

async function resolveLibrary(
  target: Target,
  found: FoundLibrary | undefined,
  { facts, assets, environment, signal, log }: OpenRunnerOptions,
): Promise<EngineLibrary> {
  if (target === "onnx:cpu") {
    const { path, isBundled } = await resolveOnnxLibrary({
      search: facts(target).search,
      bundledPath: () => assets.path("libonnxruntime"),
      runChild: createRunChild(childCommand("__probe")),
      environment,
      signal,
      log,
    });
    return { path, ...(isBundled && { asset: "libonnxruntime" }) };
  }
  if (found?.libraryPath !== undefined) return { path: found.libraryPath };
  return { path: await assets.path("pjrt-cpu"), asset: "pjrt-cpu" };
}

async function repairAsset(assets: AssetStore, asset: AssetName, log: Log): Promise<void> {
  try {
    if (await assets.repair(asset)) log.warn("the engine's library was damaged on disk and is extracted anew", { asset });
  } catch (error) {
    log.error("cannot repair the engine's library", { error: formatError(error) });
  }
}
