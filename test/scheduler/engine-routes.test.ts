// Models on engines that come and go, with runners and queues that only remember what they were asked.
import { describe, expect, test } from "bun:test";
import { TermiteError } from "../../src/errors.ts";
import type { Runner, RunnerModel, RunnerState } from "../../src/runners/runner.ts";
import { EngineRoutes } from "../../src/scheduler/engine-routes.ts";
import type { Engine } from "../../src/scheduler/engine-routes.ts";
import type { Work } from "../../src/scheduler/scheduler.ts";
import type { Target, TargetChoice } from "../../src/target.ts";
import { createTestLog, rejection } from "../fixtures/test-runner.ts";

const FACTS = { inputs: [], outputs: [], padded: true };

/** By target: what its engine does. */
interface World {
  broken?: Partial<Record<Target, string>>;
  absent?: Partial<Record<Target, string>>;
  /** Its library cannot be had. */
  unopened?: readonly Target[];
  /** What its queue gets through. */
  speeds?: Partial<Record<Target, number>>;
}

/** The XLA runner is the larger one. */
const findStats = (target: Target) => ({ stats: { rssBytes: target === "xla:cpu" ? 2 : 1, models: {} } });

function create(candidates: readonly Target[], { broken = {}, absent = {}, unopened = [], speeds = {} }: World = {}) {
  const { log, lines } = createTestLog();
  const asked: string[] = [];
  const noted: unknown[] = [];
  const open = (choice: TargetChoice): Engine => {
    const { actual } = choice;
    let state: RunnerState = "ready";
    const fail = (what: string): void => {
      asked.push(`${actual} ${what}`);
      const problem = broken[actual];
      if (problem === undefined) return;
      state = "failed";
      throw new TermiteError("target_unavailable", problem);
    };
    const runner = {
      status: () => ({ state, target: choice, restarts: 0, ...findStats(actual), ...(state === "failed" && { problem: broken[actual] }) }),
      load: async ({ key }: RunnerModel) => (fail(`load ${key}`), FACTS),
      unload: async (key: string) => void asked.push(`${actual} unload ${key}`),
      refresh: async () => void asked.push(`${actual} refresh`),
      recycle: async () => (asked.push(`${actual} recycle`), true),
    } as unknown as Runner;
    const submit = async ({ model }: Work) => (fail(`run ${model}`), []);
    const batches = {
      note: (key: string, shape: object) => void noted.push([actual, key, shape]),
      forget: (key: string) => void noted.push([actual, key, "forgotten"]),
    };
    return { batches, runner, scheduler: { submit, tokensPerSecond: () => speeds[actual] }, close: async () => void asked.push(`${actual} close`) };
  };
  const [actual = "onnx:cpu", ...next] = candidates;
  const routes = new EngineRoutes({
    main: open({ requested: actual, actual, reason: null }),
    next,
    explainAbsence: (target) => absent[target],
    open: async (choice) => {
      if (unopened.includes(choice.actual)) throw new TermiteError("asset_missing", "no library");
      asked.push(`${choice.actual} open`);
      return open(choice);
    },
    log,
  });
  return { routes, asked, noted, lines, broken };
}

const model = (key: string, target?: Target): RunnerModel => {
  return { key, name: `model ${key}`, graphFile: "/g", heads: {}, ...(target !== undefined && { target }) };
};
const work = (key: string): Work => ({ model: key, head: "embed", items: [], signal: new AbortController().signal });

describe("EngineRoutes", () => {
  test("loads and runs on the main engine when a model names no target", async () => {
    const { routes, asked } = create(["onnx:cpu"]);
    expect(await routes.load(model("a"))).toEqual(FACTS);
    await routes.submit(work("a"));
    await routes.unload("a");
    expect(asked).toEqual(["onnx:cpu load a", "onnx:cpu run a", "onnx:cpu unload a"]);
  });

  test("tells an engine's batches of each model that it gets, and when it leaves", async () => {
    const { routes, noted } = create(["onnx:cpu"]);
    await routes.load({ ...model("a", "xla:cpu"), maxBatchTokens: 256 });
    await routes.load(model("b"));
    await routes.unload("a");
    expect(noted).toEqual([
      ["xla:cpu", "a", { name: "model a", maxBatchTokens: 256, buckets: undefined }],
      ["onnx:cpu", "b", { name: "model b", maxBatchTokens: undefined, buckets: undefined }],
      ["xla:cpu", "a", "forgotten"],
    ]);
  });

  test("refresh() asks every runner that is in use", async () => {
    const { routes, asked } = create(["onnx:cpu"]);
    await routes.load(model("a", "xla:cpu"));
    await routes.refresh();
    expect(asked.slice(-2)).toEqual(["onnx:cpu refresh", "xla:cpu refresh"]);
  });

  test("takes the next target, says so once and tells every surface when the main one cannot start", async () => {
    const { routes, asked, lines } = create(["onnx:cuda", "xla:cuda", "onnx:cpu"], {
      broken: { "onnx:cuda": "no driver", "xla:cuda": "no devices" },
    });
    await Promise.all([routes.load(model("a")), routes.load(model("b"))]);
    await routes.submit(work("a"));
    expect(routes.status().target).toEqual({ requested: "onnx:cuda", actual: "onnx:cpu", reason: "no driver" });
    expect(routes.describe("a").target).toEqual({ requested: "onnx:cuda", actual: "onnx:cpu", reason: "no driver" });
    expect(asked.filter((line) => /open|close/.test(line))).toEqual([
      "onnx:cuda close", "xla:cuda open", "xla:cuda close", "onnx:cpu open",
    ]);
    expect(lines.map(({ message, fields }) => [message, fields?.["requested"], fields?.["actual"], fields?.["reason"]])).toEqual([
      ["serving on another target than requested", "onnx:cuda", "xla:cuda", "no driver"],
      ["serving on another target than requested", "onnx:cuda", "onnx:cpu", "no devices"],
    ]);
  });

  test("loads a model again before it runs when its engine failed under way", async () => {
    const { routes, asked, broken } = create(["onnx:cuda", "onnx:cpu"]);
    await routes.load(model("a"));
    broken["onnx:cuda"] = "it fell off the bus";
    await routes.submit(work("a"));
    expect(asked).toEqual([
      "onnx:cuda load a", "onnx:cuda run a", "onnx:cuda close", "onnx:cpu open", "onnx:cpu load a", "onnx:cpu run a",
    ]);
  });

  test("gives the failure to the caller when nothing is left to take its place", async () => {
    const { routes } = create(["onnx:cuda"], { broken: { "onnx:cuda": "no driver" } });
    expect(await rejection(routes.load(model("a")))).toMatchObject({ code: "target_unavailable", message: "no driver" });
    expect(routes.status().state).toBe("failed");
  });

  test("is as good as restarting when another target can still take its place", async () => {
    const { routes } = create(["onnx:cuda", "onnx:cpu"], { broken: { "onnx:cuda": "no driver" }, unopened: ["onnx:cpu"] });
    const loading = routes.load(model("a"));
    await Promise.resolve();
    await Promise.resolve();
    expect(routes.status().state).toBe("restarting");
    expect(await rejection(loading)).toMatchObject({ code: "asset_missing" });
    expect(routes.status()).toMatchObject({ state: "failed", problem: "no library" });
    expect(await rejection(routes.load(model("b")))).toMatchObject({ code: "asset_missing" });
  });

  test("opens one engine for all models that name its target", async () => {
    const { routes, asked } = create(["onnx:cpu"]);
    await Promise.all([routes.load(model("a", "xla:cpu")), routes.load(model("b", "xla:cpu")), routes.load(model("c", "onnx:cpu"))]);
    expect(asked).toEqual(["xla:cpu open", "onnx:cpu load c", "xla:cpu load a", "xla:cpu load b"]);
    expect(routes.describe("a").target).toEqual({ requested: "xla:cpu", actual: "xla:cpu", reason: null });
    expect(routes.describe("c").target).toEqual({ requested: "onnx:cpu", actual: "onnx:cpu", reason: null });
    await routes.close();
    expect(asked.slice(-2).sort()).toEqual(["onnx:cpu close", "xla:cpu close"]);
  });

  test("runs a model on the main engine and says why when its own target cannot be used", async () => {
    const { routes, lines } = create(["onnx:cpu"], { absent: { "xla:cuda": "no NVIDIA GPU is found" } });
    await routes.load(model("a", "xla:cuda"));
    await routes.submit(work("a"));
    const target = { requested: "xla:cuda", actual: "onnx:cpu", reason: "no NVIDIA GPU is found" } as const;
    expect(routes.describe("a").target).toEqual(target);
    expect(lines).toEqual([
      { level: "warn", message: "model runs on another target than requested", fields: { model: "model a", ...target } },
    ]);
  });

  test("runs a model on the main engine and says why when its own engine cannot start", async () => {
    const { routes, asked } = create(["onnx:cpu"], { broken: { "xla:cpu": "PJRT 0.1" } });
    await routes.load(model("a", "xla:cpu"));
    expect(routes.describe("a").target).toEqual({ requested: "xla:cpu", actual: "onnx:cpu", reason: "PJRT 0.1" });
    await routes.load(model("b", "xla:cpu"));
    expect(asked).toEqual(["xla:cpu open", "xla:cpu load a", "xla:cpu close", "onnx:cpu load a", "onnx:cpu load b"]);
  });

  test("knows every runner that is in use, and what they get through together", async () => {
    const speeds: Partial<Record<Target, number>> = {};
    const { routes } = create(["onnx:cpu"], { speeds });
    await Promise.all([routes.load(model("a", "xla:cpu")), routes.load(model("b", "xla:cpu")), routes.load(model("c"))]);
    expect(routes.statuses().map(({ target }) => target.actual)).toEqual(["onnx:cpu", "xla:cpu"]);
    expect(routes.tokensPerSecond()).toBeUndefined();
    speeds["xla:cpu"] = 500;
    expect(routes.tokensPerSecond()).toBe(500);
    speeds["onnx:cpu"] = 9000;
    expect(routes.tokensPerSecond()).toBe(9500);
  });

  test("recycle() has the largest runner in use begin anew", async () => {
    const { routes, asked } = create(["onnx:cpu"]);
    await routes.load(model("a"));
    expect(await routes.recycle()).toBe(true);
    await routes.load(model("b", "xla:cpu"));
    expect(await routes.recycle()).toBe(true);
    expect(asked.filter((what) => what.endsWith("recycle"))).toEqual(["onnx:cpu recycle", "xla:cpu recycle"]);
  });

  test("leaves a failed engine alone when it was closed", async () => {
    const { routes, asked } = create(["onnx:cuda", "onnx:cpu"], { broken: { "onnx:cuda": "closed" } });
    await routes.close();
    expect(await rejection(routes.load(model("a")))).toMatchObject({ message: "closed" });
    expect(asked).toEqual(["onnx:cuda close", "onnx:cuda load a"]);
  });
});
