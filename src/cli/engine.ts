// The composition: assets, model store, tokenizers, runner, scheduler and pipelines, wired for one process.
import { totalmem } from "node:os";
import { createChildEnvironment } from "../config/env.ts";
import { formatError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { ModelStore } from "../models/manifest.ts";
import type { Embedder } from "../pipelines/embed-request.ts";
import { createTasks } from "../pipelines/create-tasks.ts";
import { createEmbedder } from "../pipelines/embed/embed.ts";
import { createModelAccess } from "../pipelines/access/open-access.ts";
import type { Tasks } from "../pipelines/tasks.ts";
import { raceAbort } from "../race-abort.ts";
import type { Runner, RunnerStatus } from "../runners/runner.ts";
import { explainLoadFailure } from "../runtime/load-failure.ts";
import { readBuildInfo } from "../runtime/build-info.ts";
import type { AssetStore } from "../runtime/assets.ts";
import { createRunner } from "../runners/supervisor.ts";
import { createScheduler } from "../scheduler/queue.ts";
import { createRunChild } from "../plugins/run-child.ts";
import type { RunnerSummary } from "../server/deps.ts";
import { createTokenizers } from "../tokenizers/open.ts";
import { childCommand } from "./child-command.ts";
import type { Context } from "./context.ts";
import { openMachine } from "./machine.ts";
import { resolveOnnxLibrary } from "./onnx-library.ts";
import { openAssets, openStore } from "./store.ts";
import { chooseTarget } from "./target.ts";

/** Of this machine's memory: what a runner may hold before it is replaced. */
const MEMORY_SHARE = 0.75;

export interface Engine {
  store: ModelStore;
  embedder: Embedder;
  /** Everything else that models are asked for. */
  tasks: Tasks;
  runner: Runner;
  /** What it runs on, for people. */
  describeRunner: () => RunnerSummary;
  /** Ends the runner after the runs in flight. */
  close(): Promise<void>;
}

/**
 * Extracts what is needed, starts the runner. The default model is not loaded yet. Rejects with the reason of `signal`
 * as soon as it aborts, whatever native code or a disk is doing: the process is expected to end then.
 */
export async function openEngine(context: Context, signal: AbortSignal): Promise<Engine> {
  return raceAbort(composeEngine(context, signal), signal);
}

async function composeEngine({ loaded, log, environment }: Context, signal: AbortSignal): Promise<Engine> {
  const { config } = loaded;
  const target = chooseTarget(loaded);
  if (target.reason !== null) {
    log.warn("serving on another target than requested", { ...target, reason: target.reason });
  }
  const memoryBytes = readMemoryBytes();
  const childEnvironment = createChildEnvironment(environment);
  const assets = openAssets(config.home, childEnvironment);
  const library = await resolveOnnxLibrary({
    search: openMachine({ config, environment }).search("onnx:cpu"),
    bundledPath: () => assets.path("libonnxruntime"),
    runChild: createRunChild(childCommand("__probe")),
    environment,
    signal,
    log,
  });
  const runner = createRunner({
    target,
    command: childCommand("__runner"),
    // ONNX Runtime writes a device id and a database into the home unless this is set before it is loaded.
    environment: createChildEnvironment(environment, { ORT_DISABLE_TELEMETRY: "1" }),
    libraryPath: library.path,
    cores: navigator.hardwareConcurrency,
    buildId: readBuildInfo().build,
    // Past it the kernel's choice of a victim is near.
    memoryCeilingBytes: Math.floor(memoryBytes * MEMORY_SHARE),
    explainFailure: explainLoadFailure,
    repairLibrary: async () => (library.isBundled ? repairLibrary(assets, log) : undefined),
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
  const access = createModelAccess({
    store,
    tokenizers,
    runner,
    scheduler,
    log,
    repairEmbedded: () => assets.repair("default-model"),
    keepAliveMs: config.keepAliveMs ?? Infinity,
  });
  const embedder = createEmbedder(access);
  const tasks = createTasks(access, embedder);
  const close = async (): Promise<void> => {
    access.close();
    await runner.close();
  };
  return { store, embedder, tasks, runner, describeRunner: () => describeRunner(runner.status(), memoryBytes), close };
}

/** What this process and its children may use together. */
function readMemoryBytes(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

/** One device of a target is used: the first. */
function describeRunner({ target, engine, pid }: RunnerStatus, memoryBytes: number): RunnerSummary {
  if (engine === undefined) return { target, device: null, runner: null };
  const { library, version, device } = engine;
  return { target, device: { name: device, index: 0, memoryBytes }, runner: { pid: pid ?? null, library, version } };
}

async function repairLibrary(assets: AssetStore, log: Log): Promise<void> {
  try {
    if (await assets.repair("libonnxruntime")) log.warn("the engine's library was damaged on disk and is extracted anew");
  } catch (error) {
    log.error("cannot repair the engine's library", { error: formatError(error) });
  }
}
