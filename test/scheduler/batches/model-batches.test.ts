import { describe, expect, test } from "bun:test";
import { NO_METRICS } from "../../../src/metrics.ts";
import type { BudgetRecord } from "../../../src/scheduler/batches/batch-budget.ts";
import { CPU_BATCHES } from "../../../src/scheduler/batches/batch-bounds.ts";
import type { BudgetStore } from "../../../src/scheduler/batches/budget-store.ts";
import { BatchesByModel } from "../../../src/scheduler/batches/model-batches.ts";
import type { ModelBatchesOptions } from "../../../src/scheduler/batches/model-batches.ts";
import { createTestLog } from "../../fixtures/test-runner.ts";

const { bounds: { start } } = CPU_BATCHES;

function create(options: Partial<ModelBatchesOptions> = {}, known?: BudgetRecord) {
  const { log, lines } = createTestLog();
  const written: [string, BudgetRecord][] = [];
  const budgets: [string, number][] = [];
  const store: BudgetStore = { read: async () => known, write: async (...entry) => void written.push(entry) };
  const metrics = { ...NO_METRICS, noteBatchBudget: (...entry: [string, number]) => void budgets.push(entry) };
  return { batches: new BatchesByModel({ ...CPU_BATCHES, store, log, metrics, ...options }), written, budgets, lines };
}

/** Full batches that take no longer the larger they are, while everything is busy. */
function runMany(batches: BatchesByModel, key: string, count: number): void {
  for (let i = 0; i < count; i++) {
    const { maxTokens, isMeasured } = batches.next(key, true);
    if (isMeasured) batches.add(key, { paddedTokens: maxTokens, longest: 16, seconds: 0.01 });
  }
}

describe("BatchesByModel", () => {
  test("bounds batches by the model's own setting, by everybody's, or by what is usual", () => {
    const { batches } = create({ maxBatchTokens: 300 });
    batches.note("own", { name: "own", maxBatchTokens: 100 });
    batches.note("other", { name: "other" });
    expect(["own", "other", "unknown"].map((key) => batches.next(key, true).maxTokens)).toEqual([100, 300, 300]);
    expect(create().batches.next("unknown", true).maxTokens).toBe(start.maxTokens);
  });

  test("learns nothing where a setting says it", () => {
    const { batches, written } = create({ maxBatchTokens: 300 });
    batches.note("key", { name: "minilm" });
    runMany(batches, "key", 1000);
    expect([batches.next("key", true).maxTokens, written]).toEqual([300, []]);
  });

  test("keeps, logs and shows what it learns, by the model's name", () => {
    const { batches, written, budgets, lines } = create();
    batches.note("key", { name: "minilm" });
    runMany(batches, "key", 400);
    const maxBatchTokens = start.maxTokens * 2;
    expect(written[0]).toEqual(["key", { maxTokens: maxBatchTokens, runTokens: start.runTokens }]);
    expect(budgets.slice(0, 2)).toEqual([["minilm", start.maxTokens], ["minilm", maxBatchTokens]]);
    const fields = { model: "minilm", maxBatchTokens, runTokens: start.runTokens };
    expect(lines[0]).toEqual({ level: "info", message: "batch budget changed", fields });
  });

  test("begins with what was kept", async () => {
    const { batches } = create({}, { maxTokens: 2048, runTokens: 9 });
    batches.note("key", { name: "minilm" });
    await Bun.sleep(0);
    expect(batches.next("key", false)).toMatchObject({ maxTokens: 2048, runTokens: 9 });
  });

  test("tells which lengths the engine pads to, each once and ascending", () => {
    const { batches } = create();
    batches.note("key", { name: "minilm", buckets: [{ batch: 1, length: 32 }, { batch: 4, length: 16 }, { batch: 4, length: 32 }] });
    expect(batches.next("key", false).lengths).toEqual([16, 32]);
  });

  test("goes on when the disk refuses, and says so once for each change", async () => {
    const store: BudgetStore = { read: async () => undefined, write: async () => { throw new Error("no room"); } };
    const { batches, lines } = create({ store });
    batches.note("key", { name: "minilm" });
    runMany(batches, "key", 300);
    await Bun.sleep(0);
    expect(batches.next("key", false).maxTokens).toBe(start.maxTokens * 2);
    expect(lines.filter(({ level }) => level === "debug")).toEqual([
      { level: "debug", message: "cannot keep a batch budget", fields: { model: "minilm", error: "no room" } },
    ]);
  });

  test("has forgotten a model that was unloaded, and takes no figures of it", () => {
    const { batches, written } = create();
    batches.note("key", { name: "minilm" });
    batches.forget("key");
    runMany(batches, "key", 400);
    expect([batches.next("key", true).maxTokens, written]).toEqual([start.maxTokens, []]);
  });
});
