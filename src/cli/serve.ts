// `termite serve`: open the engine, listen, load the default model, serve until told to stop, drain.
import { configJsonSchema } from "../config/json-schema.ts";
import { resolvePort } from "../config/listen-address.ts";
import { resolveHost } from "../loopback.ts";
import { readBuildInfo } from "../runtime/build-info.ts";
import { createApp } from "../server/app.ts";
import type { ServerDeps } from "../server/deps.ts";
import { listen } from "../server/listen.ts";
import type { Listener } from "../server/listen.ts";
import { createCommand } from "./command.ts";
import type { Invocation } from "./command.ts";
import { createConfigFlags, openContext } from "./context.ts";
import type { Context } from "./context.ts";
import { DefaultModel } from "./default-model.ts";
import { openEngine } from "./engine.ts";
import type { Engine } from "./engine.ts";
import { createLifecycle } from "./lifecycle.ts";
import type { Lifecycle } from "./lifecycle.ts";
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
  const engine = await openEngine(context, signal).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  if (engine === undefined) {
    context.log.info("stopped");
    return 0;
  }
  try {
    const { embedder } = engine;
    const { log, loaded: { config } } = context;
    const runnerStatus = () => engine.runner.status();
    const lifecycle = createLifecycle(runnerStatus);
    const defaultModel = new DefaultModel({ embedder, model: config.defaultModel, lifecycle, log, signal });
    const listener = openListener(context, { ...engine, embedder: defaultModel.embedder }, lifecycle);
    const warm = warmUp({ preload: config.preload, embedder, defaultModel, runnerStatus, log, signal });
    await Promise.race([stop.first, warm.then(() => stop.first)]);
    await drain(context, listener, lifecycle);
    return 0;
  } finally {
    await engine.close();
  }
}

function openListener(context: Context, engine: Engine, lifecycle: Lifecycle): Listener {
  const { loaded: { config, file }, log } = context;
  const deps = createDeps(context, engine, lifecycle);
  const app = createApp(deps);
  const listener = listen({ app, hostname: resolveHost(config.apiUrl), port: resolvePort(config.apiUrl), log });
  const { version } = deps.version;
  log.info("listening", { url: listener.url, version, target: engine.runner.status().target.actual, config: file });
  return listener;
}

function createDeps({ loaded: { config }, log }: Context, engine: Engine, { readiness }: Lifecycle): ServerDeps {
  const { embedder, tasks, store, describeRunner } = engine;
  const { version, build, engines } = readBuildInfo();
  return {
    embedder,
    tasks,
    models: store,
    defaultModel: (task) => config.defaultModels[task],
    runner: describeRunner,
    readiness,
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
