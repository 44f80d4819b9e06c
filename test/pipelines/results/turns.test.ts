import { describe, expect, test } from "bun:test";
import { workInTurns } from "../../../src/pipelines/results/turns.ts";
import { rejection } from "../../fixtures/test-runner.ts";

const waste = (ms: number) => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};

describe("workInTurns()", () => {
  test("works on everything in order, and has timers called in between", async () => {
    const seen: (number | string)[] = [];
    setTimeout(() => seen.push("timer"), 0);
    await workInTurns([1, 2, 3, 4, 5, 6], new AbortController().signal, (item) => {
      seen.push(item);
      waste(12);
    });
    expect(seen.filter((item) => item !== "timer")).toEqual([1, 2, 3, 4, 5, 6]);
    expect(seen.indexOf("timer")).toBeWithin(1, 6);
  });

  test("stops with the signal's reason, and ends what it takes from", async () => {
    const controller = new AbortController();
    const reason = new Error("left");
    let isEnded = false;
    const items = (function* () {
      try {
        for (let item = 0; item < 1000; item++) yield item;
      } finally {
        isEnded = true;
      }
    })();
    setTimeout(() => controller.abort(reason), 0);
    expect(await rejection(workInTurns(items, controller.signal, () => waste(12)))).toBe(reason);
    expect(isEnded).toBe(true);
  });

  test("rejects with what the work throws", async () => {
    const error = new Error("broken");
    const work = () => {
      throw error;
    };
    expect(await rejection(workInTurns([1], new AbortController().signal, work))).toBe(error);
  });
});
