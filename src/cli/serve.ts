// `termite serve`: open the engine, listen, load the default model, serve until told to stop, drain.
import { configJsonSchema } from "../config/json-schema.ts";
import { resolvePort } from "../config/listen-address.ts";
import { resolveHost } from "../loopback.ts";
import { readBuildInfo } from "../runtime/build-info.ts";
import { createApp } from "../server/app.ts";
import type { MetricsRegistry, Readiness, ServerDeps } from "../server/deps.ts";
import { listen } from "../server/listen.ts";
import { openMetrics } from "../server/metrics/open-metrics.ts";
import type { Listener } from "../server/listen.ts";
import { createStartingApp } from "../server/starting-app.ts";
import { planAutoInstall, runAutoInstall } from "./auto-install.ts";
import { createCommand } from "./command.ts";
import type { Invocation } from "./command.ts";
import { createConfigFlags, openContext } from "./context.ts";
import type { Context } from "./context.ts";
import { DefaultModel } from "./default-model.ts";
import { openEngine } from "./engine.ts";
import type { Engine } from "./engine.ts";
import { createLifecycle } from "./lifecycle.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { openMachine } from "./machine.ts";
import type { Machine } from "./machine.ts";
import { createStopSignals } from "./stop-signals.ts";
import type { StopSignals } from "./stop-signals.ts";
import { warmUp } from "./warm-up.ts";

const BYTES_PER_MB = 1024 * 1024;

export const serveCommand = createCommand({
  name: "serve",
  summary: "serve models over HTTP until SIGTERM or Ctrl-C",
  flags: createConfigFlags(),
  examples: [
    ["termite serve", "listen on http://127.0.0.1:11433 with the embedded model"],
    ["termite serve --models-dir /srv/models --default-model bge-small-en-v1.5", "models of a folder of your own"],
    ["termite serve --api-url http://0.0.0.0:8080 --allow-unauthenticated", "open to the network, on purpose"],
  ],
  run: runServe,
});

async function runServe(invocation: Invocation): Promise<number> {
  const context = await openContext(invocation, { quiet: false });
  const stop = createStopSignals();
  return Promise.race([serveUntilStopped(context, stop), stop.second]);
}

async function serveUntilStopped(context: Context, stop: StopSignals): Promise<number> {
  const { signal } = stop;
  const machine = openMachine({ config: context.loaded.config, environment: context.environment });
  const early = await installFirst(context, machine, signal);
  const metrics = await openMetrics();
  const engine = await openOrStop(context, { early, machine, metrics, signal });
  if (engine === undefined) {
    await early?.listener.drain(context.loaded.config.requestTimeoutMs);
    context.log.info("stopped");
    return 0;
  }
  try {
    const { embedder, runnerStatus, refresh, countPrograms: count } = engine;
    const { log, loaded: { config } } = context;
    const lifecycle = createLifecycle(runnerStatus);
    const defaultModel = new DefaultModel({
      embedder, model: config.defaultModel, lifecycle, log, signal, programs: { refresh, count },
    });
    const listener = openListener(context, engine, { defaultModel, lifecycle, metrics, early });
    const warm = warmUp({ preload: config.preload, embedder, defaultModel, runnerStatus, log, signal });
    await Promise.race([stop.first, warm.then(() => stop.first)]);
    await drain(context, listener, lifecycle);
    return 0;
  } finally {
    await engine.close();
  }
}

/** The port while a plugin is being installed: open, so that an orchestrator does not kill a long first start. */
interface EarlyListener {
  listener: Listener;
  /** The app answers from now on. */
  serve: (app: Pick<ReturnType<typeof createApp>, "fetch">) => void;
}

/** `undefined` where nothing is installed, which is almost always. Never rejects for an install that failed. */
async function installFirst(context: Context, machine: Machine, signal: AbortSignal): Promise<EarlyListener | undefined> {
  const plan = await planAutoInstall(context, machine);
  if (plan === undefined || signal.aborted) return undefined;
  const { loaded: { config }, log } = context;
  let readiness: Readiness = { status: "installing", plugin: plan.plugins[0] ?? "", percent: 0 };
  let app: Parameters<EarlyListener["serve"]>[0] = createStartingApp({ readiness: () => readiness, log });
  const { hostname, port } = { hostname: resolveHost(config.apiUrl), port: resolvePort(config.apiUrl) };
  const listener = listen({ app: { fetch: (...request) => app.fetch(...request) }, hostname, port, log });
  log.info("listening while a plugin is installed", { url: listener.url });
  const onProgress = (plugin: string, percent: number): void => {
    readiness = { status: "installing", plugin, percent };
  };
  try {
    await runAutoInstall(plan, context, { signal, onProgress });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  readiness = { status: "loading" };
  return { listener, serve: (next) => (app = next) };
}

interface OpenParts {
  early: EarlyListener | undefined;
  machine: Machine;
  metrics: MetricsRegistry;
  signal: AbortSignal;
}

/** `undefined` when the server was told to stop meanwhile. */
async function openOrStop(context: Context, { early, machine, metrics, signal }: OpenParts): Promise<Engine | undefined> {
  try {
    return signal.aborted ? undefined : await openEngine(context, signal, { machine, metrics });
  } catch (error) {
    if (signal.aborted) return undefined;
    await early?.listener.stop();
    throw error;
  }
}

interface ListenerParts {
  defaultModel: DefaultModel;
  lifecycle: Lifecycle;
  metrics: MetricsRegistry;
  early: EarlyListener | undefined;
}

function openListener(context: Context, engine: Engine, { early, ...parts }: ListenerParts): Listener {
  const { loaded: { config, file }, log } = context;
  const deps = createDeps(context, engine, parts);
  const app = createApp(deps);
  early?.serve(app);
  const address = { hostname: resolveHost(config.apiUrl), port: resolvePort(config.apiUrl) };
  const listener = early?.listener ?? listen({ app, ...address, log });
  const { version } = deps.version;
  log.info("listening", { url: listener.url, version, target: engine.runnerStatus().target.actual, config: file });
  return listener;
}

function createDeps(
  { loaded: { config }, log }: Context,
  engine: Engine,
  { defaultModel, lifecycle: { readiness }, metrics }: Omit<ListenerParts, "early">,
): ServerDeps {
  const { tasks, store, describeRunner, runners, refresh, admission, results } = engine;
  const { version, build, engines } = readBuildInfo();
  return {
    embedder: defaultModel.embedder,
    tasks,
    models: store,
    defaultModel: (task) => config.defaultModels[task],
    runner: describeRunner,
    readiness,
    programs: () => defaultModel.programs(),
    refresh,
    version: { version, build, engines },
    limits: {
      bodyBytes: config.limits.bodyMb * BYTES_PER_MB,
      inputs: config.limits.inputs,
      textBytes: config.limits.textMb * BYTES_PER_MB,
    },
    requestTimeoutMs: config.requestTimeoutMs,
    apiKeys: config.apiKeys,
    corsOrigins: config.corsOrigins,
    openaiTokenIds: config.openaiTokenIds,
    configSchema: configJsonSchema(),
    metrics,
    runners,
    ...(admission !== undefined && { admission }),
    ...(results !== undefined && { results }),
    hasAccessLog: config.log.access,
    log,
  };
}

/** Readiness goes first, so that a load balancer looks elsewhere while the work in hand is finished. */
async function drain({ loaded: { config }, log }: Context, listener: Listener, lifecycle: Lifecycle): Promise<void> {
  lifecycle.markDraining();
  log.info("draining", { timeoutMs: config.requestTimeoutMs });
  await listener.drain(config.requestTimeoutMs);
  log.info("stopped");
}
