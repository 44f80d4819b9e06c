// Before a server is ready its default model answers one text; models of `preload` are loaded after it.
import { TermiteError } from "../errors.ts";
import type { Context } from "./context.ts";
import type { Engine } from "./engine.ts";
import type { Lifecycle } from "./lifecycle.ts";

const FIRST_TEXT = "termite";

export interface WarmUpOptions {
  context: Context;
  engine: Engine;
  lifecycle: Lifecycle;
  /** The server was told to stop: what is not loaded yet need not be. */
  signal: AbortSignal;
}

/** Rejects only where no engine can run at all; a model that cannot load makes the server `failed`, and others still serve. */
export async function warmUp(options: WarmUpOptions): Promise<void> {
  const { context, lifecycle } = options;
  const { defaultModel } = context.loaded.config;
  const startedAt = performance.now();
  try {
    await answerFirstText(options, defaultModel);
    await loadOthers(options);
    lifecycle.markReady();
    context.log.info("ready", { model: defaultModel, ms: Math.round(performance.now() - startedAt) });
  } catch (error) {
    if (options.signal.aborted) return;
    if (error instanceof TermiteError && error.code === "target_unavailable") throw error;
    lifecycle.markFailed(describeProblem(error));
    context.log.error("default model cannot answer", { model: defaultModel, error: describeProblem(error) });
  }
}

async function answerFirstText({ engine, signal }: WarmUpOptions, model: string): Promise<void> {
  await engine.embedder.embed({ model, texts: [FIRST_TEXT], truncate: true, signal });
}

async function loadOthers({ context, engine, signal }: WarmUpOptions): Promise<void> {
  for (const model of context.loaded.config.preload) {
    try {
      await engine.embedder.preload(model, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      context.log.warn("cannot preload", { model, error: describeProblem(error) });
    }
  }
}

function describeProblem(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
