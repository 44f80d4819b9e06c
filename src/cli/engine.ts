// The composition: assets, model store, tokenizers, runner, scheduler and pipelines, wired for one process.
import { totalmem } from "node:os";
import type { Config } from "../config/config.ts";
import { createChildEnvironment } from "../config/env.ts";
import { TermiteError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { ModelStore } from "../models/manifest.ts";
import type { Embedder } from "../pipelines/embed-request.ts";
import { createTasks } from "../pipelines/create-tasks.ts";
import { createEmbedder } from "../pipelines/embed/embed.ts";
import { createModelAccess } from "../pipelines/access/open-access.ts";
import type { ModelAccessOptions } from "../pipelines/access/open-access.ts";
import type { Tasks } from "../pipelines/tasks.ts";
import type { Hardware } from "../plugins/detect/hardware.ts";
import { raceAbort } from "../race-abort.ts";
import type { RunnerStatus } from "../runners/runner.ts";
import { Admission } from "../scheduler/admission.ts";
import { ResultCache } from "../scheduler/cache/result-cache.ts";
import type { AssetStore } from "../runtime/assets.ts";
import { EngineRoutes } from "../scheduler/engine-routes.ts";
import type { Engine as RoutedEngine } from "../scheduler/engine-routes.ts";
import type { ProgramCount, RunnerFigures, RunnerSummary } from "../server/deps.ts";
import type { Target, TargetChoice } from "../target.ts";
import { createTokenizers } from "../tokenizers/open.ts";
import { childCommand } from "./child-command.ts";
import type { Context } from "./context.ts";
import { describeRunner } from "./describe-runner.ts";
import { openMachine } from "./machine.ts";
import type { Machine } from "./machine.ts";
import { openRunner } from "./open-runner.ts";
import { openAssets, openStore } from "./store.ts";
import { findAbsence, planTargets } from "./target.ts";
import { readTargetFacts } from "./target-facts.ts";

/** Of this machine's memory: what a runner may hold before it is replaced. */
const MEMORY_SHARE = 0.75;
const BYTES_PER_MB = 1024 * 1024;

export interface Engine {
  store: ModelStore;
  embedder: Embedder;
  /** Everything else that models are asked for. */
  tasks: Tasks;
  /** Of the runner of every model that names no target of its own. */
  runnerStatus: () => RunnerStatus;
  /** What a model (by its key in the runner) runs on, or whatever is not loaded would; for people. */
  describeRunner: (key?: string) => RunnerSummary;
  /** Of every runner that is in use. */
  runners: () => RunnerFigures[];
  /** Has runners asked for what `describeRunner` and `countPrograms` tell. Never rejects. */
  refresh: () => Promise<void>;
  /** Of a loaded model by its id; `undefined` where its engine compiles none. */
  countPrograms: (id: string) => ProgramCount | undefined;
  /** Of a server alone: commands that end by themselves let everything in. */
  admission: Admission | undefined;
  /** Of a server alone, unless the configuration has it off. */
  results: ResultCache | undefined;
  /** Ends the runners after the runs in flight. */
  close(): Promise<void>;
}

/**
 * Extracts what is needed, starts the runner. The default model is not loaded yet. Rejects with the reason of `signal`
 * as soon as it aborts, whatever native code or a disk is doing: the process is expected to end then.
 */
export async function openEngine(
  context: Context,
  signal: AbortSignal,
  { machine = openOwnMachine(context), metrics }: EngineOptions = {},
): Promise<Engine> {
  return raceAbort(composeEngine(context, { signal, machine, metrics }), signal);
}

export interface EngineOptions {
  machine?: Machine;
  /** Of a server: its requests are counted, and admitted as far as there is room. */
  metrics?: Metrics | undefined;
}

function openOwnMachine({ loaded: { config }, environment }: Context): Machine {
  return openMachine({ config, environment });
}

interface EngineParts {
  signal: AbortSignal;
  machine: Machine;
  metrics: Metrics | undefined;
}

async function composeEngine({ loaded, log, environment }: Context, { signal, machine, metrics }: EngineParts): Promise<Engine> {
  const { config } = loaded;
  const memoryBytes = readMemoryBytes();
  const childEnvironment = createChildEnvironment(environment);
  const assets = openAssets(config.home, childEnvironment);
  const { routes, hardware } = await openRoutes({ loaded, log, environment }, { assets, memoryBytes, signal, machine, metrics });
  const admission = metrics === undefined ? undefined : createAdmission(config, routes, metrics);
  const results = metrics === undefined ? undefined : createResultCache(config, routes);
  const store = openStore({ loaded, log, assets });
  const tokenizers = createTokenizers({
    addonPath: () => assets.path("tokenizers"),
    repairAddon: () => assets.repair("tokenizers"),
    checkCommand: childCommand("__tokenizer"),
    environment: childEnvironment,
  });
  const unload = async (key: string): Promise<void> => {
    results?.forget(key);
    await routes.unload(key);
  };
  const access = createModelAccess({
    store,
    tokenizers,
    runner: { load: (...model) => routes.load(...model), unload },
    scheduler: routes,
    log,
    repairEmbedded: () => assets.repair("default-model"),
    keepAliveMs: config.keepAliveMs ?? Infinity,
    ...createRoom(config, routes),
    ...(results !== undefined && { results }),
    ...(admission !== undefined && { admission }),
    ...(metrics !== undefined && { metrics }),
  });
  const embedder = createEmbedder(access);
  const tasks = createTasks(access, embedder);
  const describe = (key = ""): RunnerSummary => {
    const { engine, target } = routes.describe(key);
    return describeRunner({ ...engine.runner.status(), target }, { key, hardware, memoryBytes });
  };
  const countPrograms = (id: string): ProgramCount | undefined => {
    const loaded = embedder.loaded().find(({ manifest, isLoaded }) => isLoaded && manifest.id === id);
    return loaded && (describe(loaded.manifest.fingerprint).programs ?? undefined);
  };
  const close = async (): Promise<void> => {
    access.close();
    await routes.close();
  };
  const runners = (): RunnerFigures[] => {
    return routes.statuses().map(({ target, restarts, stats }) => ({ target: target.actual, restarts, memoryBytes: stats?.rssBytes }));
  };
  const runnerStatus = (): RunnerStatus => routes.status();
  const refresh = (): Promise<void> => routes.refresh();
  const facts = { runnerStatus, describeRunner: describe, runners, refresh, countPrograms };
  return { store, embedder, tasks, ...facts, admission, results, close };
}

/** `undefined` where the configuration has it off. */
function createResultCache({ cacheMb }: Config, routes: EngineRoutes): ResultCache | undefined {
  if (cacheMb === 0) return undefined;
  const findEngine = (key: string): RoutedEngine => routes.findEngine(key);
  return new ResultCache({ scheduler: routes, maxBytes: cacheMb * 1024 * 1024, findEngine });
}

/** What `max_loaded_models` and `max_memory_mb` say; nothing where they set no limit. */
function createRoom({ maxLoadedModels, maxMemoryMb }: Config, routes: EngineRoutes): Pick<ModelAccessOptions, "room"> {
  if (maxLoadedModels === 0 && maxMemoryMb === 0) return {};
  const read = async (): Promise<number> => {
    await routes.refresh();
    return routes.statuses().reduce((sum, { stats }) => sum + (stats?.rssBytes ?? 0), process.memoryUsage.rss());
  };
  const maxBytes = maxMemoryMb * BYTES_PER_MB || Infinity;
  return { room: { maxModels: maxLoadedModels || Infinity, maxBytes, memory: { read, reclaim: () => routes.recycle() } } };
}

function createAdmission(
  { maxQueueTokens, maxConcurrentRequests: maxRequests, requestTimeoutMs }: Config,
  routes: EngineRoutes,
  metrics: Metrics,
): Admission {
  const tokensPerSecond = (): number | undefined => routes.tokensPerSecond();
  return new Admission({ maxQueueTokens, maxRequests, requestTimeoutMs, tokensPerSecond, metrics });
}

interface RoutesOptions extends EngineParts {
  assets: AssetStore;
  memoryBytes: number;
}

/** The first target of the plan is started; the others when it, or a model, needs them. */
async function openRoutes(
  context: Context,
  { assets, memoryBytes, signal, machine, metrics }: RoutesOptions,
): Promise<{ routes: EngineRoutes; hardware: Hardware }> {
  const { loaded, log, environment } = context;
  const hardware = await machine.detectHardware();
  const facts = await readTargetFacts({ machine, hardware, environment });
  const { requested, candidates, reason } = planTargets(loaded, facts);
  const [actual = requested, ...next] = candidates;
  if (reason !== null) log.warn("serving on another target than requested", { requested, actual, reason });
  const open = (choice: TargetChoice): Promise<RoutedEngine> => {
    return openRunner(choice, {
      ...context, machine, hardware, facts, assets, signal, metrics,
      // Past it the kernel's choice of a victim is near.
      memoryCeilingBytes: Math.floor(memoryBytes * MEMORY_SHARE),
      hasNext: (target) => target !== candidates.at(-1),
    });
  };
  const explainAbsence = (target: Target): string | undefined => findAbsence(facts(target))?.reason;
  const main = await openFirst({ requested, actual, reason }, next, { open, log });
  return { routes: new EngineRoutes({ main: main.engine, next: main.next, explainAbsence, open, log }), hardware };
}

interface FirstOptions {
  open: (choice: TargetChoice) => Promise<RoutedEngine>;
  log: Log;
}

/** A plugin that vanishes between the look and the start is no reason not to serve, as long as there is another target. */
async function openFirst(
  choice: TargetChoice,
  next: readonly Target[],
  options: FirstOptions,
): Promise<{ engine: RoutedEngine; next: readonly Target[] }> {
  try {
    return { engine: await options.open(choice), next };
  } catch (error) {
    const [actual, ...others] = next;
    if (actual === undefined || choice.actual === "onnx:cpu" || !(error instanceof TermiteError)) throw error;
    const { requested } = choice;
    const reason = requested === actual ? null : (choice.reason ?? error.message);
    options.log.warn("serving on another target than requested", { requested, actual, reason: error.message });
    return openFirst({ requested, actual, reason }, others, options);
  }
}

/** What this process and its children may use together. */
function readMemoryBytes(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
