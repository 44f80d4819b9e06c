// What is learned from runs whose cost a test makes up: seconds as a function of a run's padded tokens.
import { describe, expect, test } from "bun:test";
import { BatchBudget } from "../../../src/scheduler/batches/batch-budget.ts";
import type { BudgetBounds, BudgetRecord } from "../../../src/scheduler/batches/batch-budget.ts";

const BOUNDS: BudgetBounds = {
  start: { maxTokens: 512, runTokens: 20 },
  least: { maxTokens: 128, runTokens: 4 },
  most: { maxTokens: 4096, runTokens: 64 },
};

/** Runs full batches of texts of 16 tokens, while everything is busy. */
function learn(secondsOf: (paddedTokens: number) => number, { batches = 4000, bounds = BOUNDS } = {}) {
  const changes: BudgetRecord[] = [];
  const budget = new BatchBudget(bounds, (record) => void changes.push(record));
  for (let i = 0; i < batches; i++) {
    const { maxTokens, isMeasured } = budget.next(true);
    if (isMeasured) budget.add({ paddedTokens: maxTokens, longest: 16, seconds: secondsOf(maxTokens) });
  }
  return { budget, changes };
}

describe("BatchBudget", () => {
  test("stays where larger and smaller batches cost the same", () => {
    expect(learn((tokens) => tokens * 1e-4).budget.record.maxTokens).toBe(512);
  });

  test("grows as far as it may when a run costs the same whatever its size", () => {
    expect(learn(() => 0.01).budget.record.maxTokens).toBe(4096);
  });

  test("grows one step at a time", () => {
    const steps = learn(() => 0.01).changes.map(({ maxTokens }) => maxTokens);
    expect([...new Set(steps)]).toEqual([1024, 2048, 4096]);
  });

  test("shrinks as far as it may when large runs cost more a token", () => {
    expect(learn((tokens) => tokens ** 1.2 * 1e-4).budget.record.maxTokens).toBe(128);
  });

  test("stays when the difference is smaller than what is worth a step", () => {
    expect(learn((tokens) => tokens ** 1.02 * 1e-4).budget.record.maxTokens).toBe(512);
    expect(learn((tokens) => tokens ** 0.95 * 1e-4).budget.record.maxTokens).toBe(512);
  });

  test("stays when single runs take ten times as long as others", () => {
    let run = 0;
    expect(learn((tokens) => tokens * 1e-4 * (run++ % 5 === 0 ? 10 : 1)).budget.record.maxTokens).toBe(512);
  });

  test("learns what a run costs beside its cells, within its bounds", () => {
    const bounds = { ...BOUNDS, most: { ...BOUNDS.most, maxTokens: 512 }, least: { ...BOUNDS.least, maxTokens: 512 } };
    const learnRunTokens = (perRun: number): number => {
      const budget = new BatchBudget(bounds, () => undefined);
      for (let i = 0; i < 200; i++) {
        const paddedTokens = i % 2 === 0 ? 32 : 128;
        budget.add({ paddedTokens, longest: 16, seconds: (perRun + paddedTokens) * 1e-4 });
      }
      return budget.record.runTokens;
    };
    expect([learnRunTokens(40), learnRunTokens(22), learnRunTokens(1), learnRunTokens(1000)]).toEqual([40, 20, 4, 64]);
  });

  test("tries nothing while there is room for another run", () => {
    const budget = new BatchBudget(BOUNDS, () => undefined);
    const next = Array.from({ length: 64 }, () => budget.next(false));
    expect(next.every(({ maxTokens, isMeasured }) => maxTokens === 512 && !isMeasured)).toBe(true);
  });

  test("brings what was known within its bounds", () => {
    expect(new BatchBudget(BOUNDS, () => undefined, { maxTokens: 1e9, runTokens: 0 }).record).toEqual({ maxTokens: 4096, runTokens: 4 });
  });

  test("tells of what was found on disk only when it is another", () => {
    const changes: BudgetRecord[] = [];
    const budget = new BatchBudget(BOUNDS, (record) => void changes.push(record));
    budget.restore({ maxTokens: 512, runTokens: 20 });
    budget.restore({ maxTokens: 1024, runTokens: 30 });
    expect(changes).toEqual([{ maxTokens: 1024, runTokens: 30 }]);
  });
});
