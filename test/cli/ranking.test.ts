import { describe, expect, test } from "bun:test";
import { createRanking } from "../../src/cli/ranking.ts";

describe("createRanking()", () => {
  test.each([
    ["all", Infinity, [["c", 2, 0.9], ["f", 5, 0.9], ["b", 1, 0.5], ["a", 0, 0.1], ["d", 3, 0.1], ["e", 4, 0]]],
    ["the best", 3, [["c", 2, 0.9], ["f", 5, 0.9], ["b", 1, 0.5]]],
    ["the best one", 1, [["c", 2, 0.9]]],
  ] as const)("lists %s by score, equal ones in the texts' order, over batches", (_, top, expected) => {
    const ranking = createRanking(top);
    ranking.add(["a", "b", "c"], [0.1, 0.5, 0.9]);
    ranking.add(["d"], [0.1]);
    ranking.add(["e", "f"], [0, 0.9]);
    expect(ranking.list()).toEqual(expected.map(([text, index, score]) => ({ index, score, text })));
  });

  test("holds no more than twice the best and a batch, and everything without a number of them", () => {
    const [best, all] = [createRanking(2), createRanking(Infinity)];
    for (let index = 0; index < 100; index++) {
      for (const ranking of [best, all]) ranking.add(["x", "y", "z"], [index, index, index]);
      expect(best.held).toBeLessThanOrEqual(2 * 2 + 3);
    }
    expect(all.held).toBe(300);
    expect(best.list().map(({ index }) => index)).toEqual([297, 298]);
  });
});
