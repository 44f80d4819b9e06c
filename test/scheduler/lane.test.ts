// What shares a batch: tables for what a reader can check by eye, and properties over many random requests.
import { describe, expect, test } from "bun:test";
import { Job } from "../../src/scheduler/job.ts";
import type { Entry } from "../../src/scheduler/job.ts";
import { Lane } from "../../src/scheduler/lane.ts";
import type { BatchLimits } from "../../src/scheduler/lane.ts";

const LIMITS = { maxTokens: 100, maxItems: 4, runTokens: 20 };
const ONE = { maxTokens: 10, maxItems: 1, runTokens: 20 };
const times = (count: number, length: number): number[] => Array.from({ length: count }, () => length);

/** Deterministic, so that a failure can be repeated (mulberry32). */
const createRandom = (seed: number): (() => number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};

const createJob = (lengths: readonly number[], client = ""): Job => {
  const items = lengths.map((length) => ({ ids: new Int32Array(length) }));
  return new Job({ model: "m", head: "h", items, client, signal: new AbortController().signal });
};
const takeAll = (lane: Lane, limits: BatchLimits = LIMITS): Entry[][] => {
  const batches: Entry[][] = [];
  for (let batch = lane.takeBatch(limits); batch !== undefined; batch = lane.takeBatch(limits)) batches.push(batch);
  return batches;
};
const createBatches = (lengths: readonly number[], limits: BatchLimits): number[][] => {
  const lane = new Lane("m");
  lane.add(createJob(lengths));
  return takeAll(lane, limits).map((batch) => batch.map(({ index }) => index));
};

describe("takeBatch()", () => {
  const cases: [string, number[], number[][]][] = [
    ["nothing", [], []],
    ["one text", [5], [[0]]],
    ["equal texts up to the count", times(6, 10), [[0, 1, 2, 3], [4, 5]]],
    ["equal texts up to the cost", times(5, 40), [[0, 1], [2, 3], [4]]],
    ["a text over the budget", [10, 500, 10], [[1], [0, 2]]],
    ["longest first, each in its own order", [3, 90, 4, 88], [[1], [3], [2, 0]]],
    ["lengths too far apart", [5, 30], [[1], [0]]],
    ["lengths just near enough", [10, 30], [[1, 0]]],
    ["lengths just too far apart", [9, 30], [[1], [0]]],
    ["many of one length, which need no shorter one", [...times(4, 20), 15], [[0, 1, 2, 3], [4]]],
    ["two of one length, where a shorter one costs more than it saves", [20, 20, 9, 9], [[0, 1], [2, 3]]],
    ["two of one length, where a shorter one saves more than it costs", [20, 20, 13], [[0, 1, 2]]],
  ];
  test.each(cases)("cuts %s", (_, lengths, batches) => expect(createBatches(lengths, LIMITS)).toEqual(batches));

  test.each([
    ["longer ones ride along with the one in turn", [10, 12, 13, 11], [[10, 13, 12, 11]]],
    ["shorter and longer ones", [12, 10, 14, 13], [[12, 14, 13, 10]]],
    ["longer ones where the shorter are too far", [30, 9, 32, 33, 8], [[30, 33, 32], [9, 8]]],
    ["only as far as padding costs less than it saves", [10, 30, 30, 30, 9], [[10, 9], [30, 30, 30]]],
    ["within the budget of the longest", [30, 33, 33, 33], [[30, 33, 33], [33]]],
  ])("over requests of one text each: %s", (_, lengths, batches) => {
    const lane = new Lane("m");
    for (const length of lengths) lane.add(createJob([length]));
    expect(takeAll(lane).map((batch) => batch.map(({ item }) => item.ids.length))).toEqual(batches);
  });

  test("puts every item into one batch, within the bounds, when the request is random", () => {
    const random = createRandom(7);
    for (let round = 0; round < 300; round++) {
      const lengths = Array.from({ length: Math.floor(random() * 200) }, () => 1 + Math.floor(random() ** 3 * 600));
      const limits = { maxTokens: 1 + Math.floor(random() * 2000), maxItems: 1 + Math.floor(random() * 80), runTokens: random() * 60 };
      const batches = createBatches(lengths, limits);
      expect(batches.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
      for (const batch of batches) {
        const own = batch.map((index) => lengths[index] ?? 0);
        const [longest, shortest] = [Math.max(...own), Math.min(...own)];
        expect(batch.length === 1 || longest * batch.length <= limits.maxTokens).toBe(true);
        expect(batch.length).toBeLessThanOrEqual(limits.maxItems);
        expect(longest).toBeLessThanOrEqual(shortest + limits.runTokens);
      }
    }
  });

  test("counts no padding between lengths that the engine pads to the same one", () => {
    const lengths = [32, 20, 17, 16, 15];
    expect(createBatches(lengths, { ...LIMITS, maxTokens: 200, runTokens: 10 })).toEqual([[0], [1, 2, 3, 4]]);
    expect(createBatches(lengths, { ...LIMITS, maxTokens: 200, runTokens: 10, lengths: [16, 32] })).toEqual([[0, 1, 2], [3, 4]]);
    expect(createBatches([40, 40], { ...LIMITS, maxTokens: 90, lengths: [64] })).toEqual([[0], [1]]);
  });

  test("pads a request of 1,000 mixed texts by a tenth at most", () => {
    const random = createRandom(11);
    const lengths = Array.from({ length: 1000 }, () => 10 + Math.floor(random() ** 2 * 240));
    const padded = createBatches(lengths, { maxTokens: 1024, maxItems: 64, runTokens: 20 })
      .reduce((sum, batch) => sum + batch.length * Math.max(...batch.map((index) => lengths[index] ?? 0)), 0);
    expect(padded / lengths.reduce((a, b) => a + b)).toBeLessThan(1.1);
  });

  test("lets a request choose the first text and others of nearly its length ride along, whoever's they are", () => {
    const lane = new Lane("m");
    const [first, second, third] = [createJob([10, 9]), createJob([20, 8]), createJob([10, 2])];
    for (const job of [first, second, third]) lane.add(job);
    expect(takeAll(lane).map((batch) => batch.map(({ job, item }) => [job, item.ids.length]))).toEqual([
      [[first, 10], [third, 10], [first, 9], [second, 8]],
      [[second, 20], [third, 2]],
    ]);
  });

  test("makes a request wait for one batch of each other at most when one of them is long", () => {
    const lane = new Lane("m");
    const [bulk, short] = [createJob(times(1000, 10)), createJob([3])];
    for (const job of [bulk, short]) lane.add(job);
    expect([lane.takeBatch(ONE), lane.takeBatch(ONE)].map((batch) => batch?.[0]?.job)).toEqual([bulk, short]);
  });

  test("lets clients take turns when one has many requests and another a single one", () => {
    const lane = new Lane("m");
    const busy = Array.from({ length: 100 }, () => createJob([10, 10], "busy"));
    const single = createJob([10, 10], "single");
    for (const job of [...busy, single]) lane.add(job);
    const taken = Array.from({ length: 6 }, () => lane.takeBatch(ONE)?.[0]?.job);
    expect(taken).toEqual([busy[0], single, busy[1], single, busy[2], busy[3]]);
  });

  test("leaves out a request that was removed", () => {
    const lane = new Lane("m");
    const [gone, stays] = [createJob([10, 5]), createJob([10])];
    for (const job of [gone, stays]) lane.add(job);
    gone.finished.catch(() => undefined);
    gone.fail(new Error("gone"));
    lane.remove(gone);
    expect(takeAll(lane).map((batch) => batch.map(({ job }) => job))).toEqual([[stays]]);
  });
});
