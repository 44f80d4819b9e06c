import { describe, expect, test } from "bun:test";
import { DefaultModel } from "../../src/cli/default-model.ts";
import type { ProgramFigures } from "../../src/cli/default-model.ts";
import { createLifecycle } from "../../src/cli/lifecycle.ts";
import { warmUp } from "../../src/cli/warm-up.ts";
import { TermiteError } from "../../src/errors.ts";
import type { EmbedRequest, EmbedResult, LoadedSummary } from "../../src/pipelines/embed-request.ts";
import type { RunnerState } from "../../src/runners/runner.ts";
import { createTestLog } from "../fixtures/test-runner.ts";
import { createManifest } from "../pipelines/embedder-parts.ts";

const target = { requested: "onnx:cpu", actual: "onnx:cpu", reason: null } as const;
const ANSWER: EmbedResult = { model: "small", vectors: [], promptTokens: 1, loadNs: 0 };
const summarize = (id: string): LoadedSummary => ({
  manifest: createManifest({ id }), isLoaded: true, progress: { phase: "session", sinceMs: 0 }, expiresAtMs: Infinity,
});
const broken = (message: string) => new TermiteError("model_load_failed", `Cannot load model "small": ${message}`);

interface Behaviour {
  embed?: (request: EmbedRequest) => Promise<EmbedResult>;
  preload?: (model: string) => Promise<void>;
  preloads?: string[];
  /** Of what was preloaded, what had to leave again. */
  evicted?: string[];
  state?: RunnerState;
  programs?: ProgramFigures;
}

function prepare({ embed = async () => ANSWER, preload = async () => undefined, preloads = [], evicted = [], state = "ready", programs }: Behaviour) {
  const { log, lines } = createTestLog();
  const asked: string[] = [];
  const embedder = {
    embed: (request: EmbedRequest) => (asked.push(`embed ${request.model}: ${request.texts.join()}`), embed(request)),
    preload: async (model: string) => (asked.push(`preload ${model}`), await preload(model), { model, loadNs: 0 }),
    unload: async (model: string) => (asked.push(`unload ${model}`), model),
    loaded: () => preloads.filter((model) => !evicted.includes(model)).map(summarize),
  };
  const stop = new AbortController();
  const { signal } = stop;
  const runnerStatus = () => ({ state, target, restarts: 0 });
  const lifecycle = createLifecycle(() => ({ state: "ready", target, restarts: 0 }));
  const defaultModel = new DefaultModel({ embedder, model: "small", lifecycle, log, signal, retryMs: 5, ...(programs && { programs }) });
  const run = () => warmUp({ preload: preloads, embedder, defaultModel, runnerStatus, log, signal });
  const ask = (model: string) =>
    defaultModel.embedder.embed({ model, texts: ["x"], truncate: true, signal }).catch((error: Error) => error);
  return { run, ask, lines, defaultModel, asked, stop, serving: defaultModel.embedder, status: () => lifecycle.readiness() };
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let wait = 0; wait < 500 && !isTrue(); wait++) await Bun.sleep(2);
  expect(isTrue()).toBe(true);
}

describe("warmUp()", () => {
  test("loads the others, then is ready when the default model answered", async () => {
    const { run, asked, lines, status } = prepare({ preloads: ["one", "two"] });
    await run();
    expect(asked).toEqual(["preload one", "preload two", "embed small: termite"]);
    expect(status()).toEqual({ status: "ready", target });
    expect(lines).toEqual([{ level: "info", message: "ready", fields: { model: "small", ms: expect.any(Number) } }]);
  });

  test("says how many programs of the model that answered are ready, as its engine says it then", async () => {
    let isAsked = false;
    const programs = {
      refresh: async () => void (isAsked = true),
      count: (model: string) => (isAsked && model === ANSWER.model ? { ready: 3, planned: 28 } : undefined),
    };
    const { run, lines, defaultModel } = prepare({ programs });
    expect(defaultModel.programs()).toBeUndefined();
    await run();
    const fields = { model: "small", ms: expect.any(Number), programsReady: 3, programsPlanned: 28 };
    expect(lines).toEqual([{ level: "info", message: "ready", fields }]);
    expect(defaultModel.programs()).toEqual({ ready: 3, planned: 28 });
  });

  test("is not ready while a model is still being loaded", async () => {
    const gate = Promise.withResolvers<void>();
    const { run, status } = prepare({ preloads: ["one"], preload: () => gate.promise });
    const done = run();
    await Bun.sleep(1);
    expect(status().status).toBe("loading");
    gate.resolve();
    await done;
    expect(status().status).toBe("ready");
  });

  test("warns and goes on when a model of preload cannot be loaded", async () => {
    const { run, lines, status } = prepare({ preloads: ["one"], preload: () => Promise.reject(new Error("damaged")) });
    await run();
    expect(lines[0]).toEqual({ level: "warn", message: "cannot preload", fields: { model: "one", error: "damaged" } });
    expect(status().status).toBe("ready");
  });

  test("warns of a preloaded model that had to leave for others", async () => {
    const { run, lines } = prepare({ preloads: ["one", "two", "one"], evicted: ["one"] });
    await run();
    const fields = { model: "one", hint: "max_loaded_models, max_memory_mb and keep_alive bound what stays" };
    expect(lines.filter(({ level }) => level === "warn")).toEqual([{ level: "warn", message: "a preloaded model had to leave", fields }]);
  });

  test("rejects when no engine can run at all", async () => {
    const error = new TermiteError("missing_system_library", "Cannot load the engine's library");
    const { run, stop } = prepare({ embed: () => Promise.reject(error), state: "failed" });
    expect(await run().catch((caught: unknown) => caught)).toBe(error);
    stop.abort();
  });

  test("does nothing more when the server was told to stop", async () => {
    const { run, asked, stop, status } = prepare({ preloads: ["one"] });
    stop.abort();
    await run();
    expect({ asked, status: status().status }).toEqual({ asked: [], status: "loading" });
  });
});

describe("DefaultModel", () => {
  test("is failed with the error's words and tried again until it answers", async () => {
    let tries = 0;
    const embed = async () => {
      if (++tries < 4) throw broken("no such file");
      return ANSWER;
    };
    const { run, lines, status } = prepare({ embed });
    await run();
    expect(status()).toEqual({ status: "failed", target, reason: 'Cannot load model "small": no such file' });
    await until(() => status().status === "ready");
    expect(tries).toBe(4);
    expect(lines.filter(({ level }) => level === "error")).toHaveLength(3);
  });

  test("becomes failed when a request finds that it cannot be loaded, and ready again", async () => {
    let isBroken = false;
    const embed = async () => {
      if (isBroken) throw broken("damaged");
      return ANSWER;
    };
    const { run, ask, status } = prepare({ embed });
    await run();
    isBroken = true;
    expect(await ask("small")).toMatchObject({ code: "model_load_failed" });
    expect(status().status).toBe("failed");
    isBroken = false;
    await until(() => status().status === "ready");
  });

  test("stays ready when it is unloaded, and becomes failed when it cannot be loaded ahead of a request", async () => {
    let isBroken = false;
    const { run, serving, status, stop } = prepare({ preload: async () => (isBroken ? Promise.reject(broken("damaged")) : undefined) });
    await run();
    expect(await serving.unload("small")).toBe("small");
    expect(status().status).toBe("ready");
    await serving.preload("small");
    expect(status().status).toBe("ready");
    isBroken = true;
    expect(await serving.preload("small").catch((error: unknown) => error)).toMatchObject({ code: "model_load_failed" });
    expect(status()).toMatchObject({ status: "failed", reason: 'Cannot load model "small": damaged' });
    stop.abort();
  });

  test("stays ready when another model cannot be loaded, or a text is refused", async () => {
    const { run, ask, status } = prepare({
      embed: async ({ model, texts }) => {
        if (model === "other") throw broken("damaged");
        if (texts[0] === "x") throw new TermiteError("input_too_long", "Cannot embed input 0");
        return ANSWER;
      },
    });
    await run();
    await ask("other");
    await ask("small");
    expect(status().status).toBe("ready");
  });

  test("is not tried again once the server was told to stop", async () => {
    const { run, asked, stop } = prepare({ embed: () => Promise.reject(broken("damaged")) });
    await run();
    stop.abort();
    await Bun.sleep(30);
    expect(asked).toHaveLength(1);
  });
});
