import { describe, expect, test } from "bun:test";
import type { Context } from "../../src/cli/context.ts";
import type { Engine } from "../../src/cli/engine.ts";
import { createLifecycle } from "../../src/cli/lifecycle.ts";
import { warmUp } from "../../src/cli/warm-up.ts";
import { TermiteError } from "../../src/errors.ts";
import type { EmbedRequest } from "../../src/pipelines/embed-request.ts";
import { catchError } from "../config/catch-error.ts";
import { createTestLog } from "../fixtures/test-runner.ts";

const target = { requested: "onnx:cpu", actual: "onnx:cpu", reason: null } as const;

interface Behaviour {
  embed?: (request: EmbedRequest) => Promise<unknown>;
  preload?: (model: string) => Promise<void>;
  preloads?: string[];
}

/** The embedder is the one part of the engine that warmUp() uses. */
function prepare({ embed = async () => undefined, preload = async () => undefined, preloads = [] }: Behaviour) {
  const { log, lines } = createTestLog();
  const asked: string[] = [];
  const embedder = {
    embed: (request: EmbedRequest) => (asked.push(`embed ${request.model}: ${request.texts.join()}`), embed(request)),
    preload: (model: string) => (asked.push(`preload ${model}`), preload(model)),
  };
  const stop = new AbortController();
  const lifecycle = createLifecycle(() => ({ state: "ready", target, restarts: 0 }));
  const context = { loaded: { config: { defaultModel: "small", preload: preloads } }, log } as unknown as Context;
  const options = { context, engine: { embedder } as unknown as Engine, lifecycle, signal: stop.signal };
  return { run: () => warmUp(options), lines, asked, stop, lifecycle };
}

describe("warmUp()", () => {
  test("is ready when the default model answered and the others are loaded", async () => {
    const { run, asked, lines, lifecycle } = prepare({ preloads: ["one", "two"] });
    await run();
    expect(asked).toEqual(["embed small: termite", "preload one", "preload two"]);
    expect(lifecycle.readiness()).toEqual({ status: "ready", target });
    expect(lines).toEqual([{ level: "info", message: "ready", fields: { model: "small", ms: expect.any(Number) } }]);
  });

  test("is not ready while a model is still being loaded", async () => {
    const gate = Promise.withResolvers<void>();
    const { run, lifecycle } = prepare({ preloads: ["one"], preload: () => gate.promise });
    const done = run();
    await Bun.sleep(1);
    expect(lifecycle.readiness().status).toBe("loading");
    gate.resolve();
    await done;
    expect(lifecycle.readiness().status).toBe("ready");
  });

  test("resolves and is failed with the error's words when the default model cannot load", async () => {
    const message = 'Cannot load model "small": the file is no model';
    const { run, asked, lines, lifecycle } = prepare({
      preloads: ["one"],
      embed: () => Promise.reject(new TermiteError("model_load_failed", message)),
    });
    await run();
    expect(asked).toEqual(["embed small: termite"]);
    expect(lifecycle.readiness()).toEqual({ status: "failed", target, reason: message });
    expect(lines).toEqual([{ level: "error", message: "default model cannot answer", fields: { model: "small", error: message } }]);
  });

  test("rejects when no engine can run at all", async () => {
    const error = new TermiteError("target_unavailable", 'Cannot start "onnx:cpu": the library cannot be loaded');
    const { run, lines, lifecycle } = prepare({ embed: () => Promise.reject(error) });
    expect(await catchError(run())).toBe(error);
    expect(lifecycle.readiness().status).toBe("loading");
    expect(lines).toEqual([]);
  });

  test("warns and is ready when another model cannot load, and loads the ones after it", async () => {
    const { run, asked, lines, lifecycle } = prepare({
      preloads: ["bad", "good"],
      preload: (model) => (model === "bad" ? Promise.reject(new Error("no such model")) : Promise.resolve()),
    });
    await run();
    expect(asked).toEqual(["embed small: termite", "preload bad", "preload good"]);
    expect(lines[0]).toEqual({ level: "warn", message: "cannot preload", fields: { model: "bad", error: "no such model" } });
    expect(lifecycle.readiness()).toEqual({ status: "ready", target });
  });

  test("resolves in silence when it is told to stop while the default model loads", async () => {
    const { run, lines, stop, lifecycle } = prepare({
      embed: ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted")))),
    });
    const done = run();
    stop.abort();
    await done;
    expect({ lines, status: lifecycle.readiness().status }).toEqual({ lines: [], status: "loading" });
  });

  test("resolves in silence and loads no more when it is told to stop while another model loads", async () => {
    const { run, asked, lines, stop, lifecycle } = prepare({
      preloads: ["one", "two"],
      preload: async () => {
        stop.abort();
        throw new Error("aborted");
      },
    });
    await run();
    expect(asked).toEqual(["embed small: termite", "preload one"]);
    expect({ lines, status: lifecycle.readiness().status }).toEqual({ lines: [], status: "loading" });
  });
});
