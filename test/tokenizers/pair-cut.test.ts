import { describe, expect, test } from "bun:test";
import { findPairCut } from "../../src/tokenizers/pair-cut.ts";

describe("findPairCut()", () => {
  test.each([
    // first, second, budget, kept of each
    [0, 0, 7, 0, 0],
    [2, 4, 7, 2, 4],
    [0, 8, 7, 0, 7],
    [2, 8, 7, 2, 5],
    [8, 2, 7, 5, 2],
    [4, 4, 7, 3, 4],
    [4, 8, 7, 3, 4],
    [8, 4, 7, 4, 3],
    [8, 8, 7, 3, 4],
    [9, 8, 8, 4, 4],
    [3, 5, 6, 3, 3],
    [3, 4, 1, 0, 1],
    [4, 3, 1, 1, 0],
    [4, 3, 0, 0, 0],
    [4, 3, -2, 0, 0],
  ])("cuts the longer part first when %i and %i tokens must be %i", (first, second, budget, keptFirst, keptSecond) => {
    expect(findPairCut({ first, second }, budget, "longest_first")).toEqual({ first: keptFirst, second: keptSecond });
  });

  test.each([
    [4, 3, 7, 4],
    [8, 3, 7, 4],
    [8, 6, 7, 1],
  ])("cuts the first part alone when asked, %i and %i to %i", (first, second, budget, kept) => {
    expect(findPairCut({ first, second }, budget, "only_first")).toEqual({ first: kept, second });
  });

  test("finds nothing when the second part leaves no room", () => {
    expect(findPairCut({ first: 8, second: 7 }, 7, "only_first")).toBeUndefined();
  });
});
