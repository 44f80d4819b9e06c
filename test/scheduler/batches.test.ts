// Batching as a pure function: tables for what a reader can check by eye, and properties over many random requests.
import { describe, expect, test } from "bun:test";
import { createBatches, createTokenBatch } from "../../src/scheduler/batches.ts";

const LIMITS = { maxTokens: 100, maxItems: 4 };
const times = (count: number, length: number): number[] => Array.from({ length: count }, () => length);

/** Deterministic, so that a failure can be repeated (mulberry32). */
const createRandom = (seed: number): (() => number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};

describe("createBatches()", () => {
  const cases: [string, number[], number[][]][] = [
    ["nothing", [], []],
    ["one text", [5], [[0]]],
    ["equal texts up to the count", times(6, 10), [[0, 1, 2, 3], [4, 5]]],
    ["equal texts up to the cost", times(5, 40), [[0, 1], [2, 3], [4]]],
    ["a text over the budget", [10, 500, 10], [[1], [0, 2]]],
    ["longest first, each in its own order", [3, 90, 4, 88], [[1], [3], [2, 0]]],
    ["lengths too far apart", [10, 30], [[1], [0]]],
    ["lengths just near enough", [16, 28], [[1, 0]]],
    ["lengths just too far apart", [15, 28], [[1], [0]]],
  ];
  test.each(cases)("cuts %s", (_, lengths, batches) => expect(createBatches(lengths, LIMITS)).toEqual(batches));

  test("puts every item into one batch, within the bounds, when the request is random", () => {
    const random = createRandom(7);
    for (let round = 0; round < 300; round++) {
      const lengths = Array.from({ length: Math.floor(random() * 200) }, () => 1 + Math.floor(random() ** 3 * 600));
      const limits = { maxTokens: 1 + Math.floor(random() * 2000), maxItems: 1 + Math.floor(random() * 80) };
      const batches = createBatches(lengths, limits);
      expect(batches.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
      for (const batch of batches) {
        const own = batch.map((index) => lengths[index] ?? 0);
        const [longest, shortest] = [Math.max(...own), Math.min(...own)];
        expect(batch.length === 1 || longest * batch.length <= limits.maxTokens).toBe(true);
        expect(batch.length).toBeLessThanOrEqual(limits.maxItems);
        expect(longest).toBeLessThanOrEqual(shortest * 1.25 + 8);
      }
    }
  });

  test("pads a request of 1,000 mixed texts by a tenth at most", () => {
    const random = createRandom(11);
    const lengths = Array.from({ length: 1000 }, () => 10 + Math.floor(random() ** 2 * 240));
    const padded = createBatches(lengths, { maxTokens: 1024, maxItems: 64 })
      .reduce((sum, batch) => sum + batch.length * Math.max(...batch.map((index) => lengths[index] ?? 0)), 0);
    expect(padded / lengths.reduce((a, b) => a + b)).toBeLessThan(1.1);
  });
});

describe("createTokenBatch()", () => {
  test("puts items back to back and leaves out what none has", () => {
    expect(createTokenBatch([{ ids: Int32Array.of(1, 2) }, { ids: Int32Array.of(3) }])).toEqual({
      ids: Int32Array.of(1, 2, 3), lengths: Int32Array.of(2, 1),
    });
  });

  test("fills with zeros what only some have", () => {
    const items = [
      { ids: Int32Array.of(1, 2) },
      { ids: Int32Array.of(3, 4), typeIds: Int32Array.of(0, 1), poolFrom: 1 },
      { ids: Int32Array.of(5) },
    ];
    expect(createTokenBatch(items)).toEqual({
      ids: Int32Array.of(1, 2, 3, 4, 5),
      lengths: Int32Array.of(2, 2, 1),
      typeIds: Int32Array.of(0, 0, 0, 1, 0),
      poolFrom: Int32Array.of(0, 1, 0),
    });
  });
});
