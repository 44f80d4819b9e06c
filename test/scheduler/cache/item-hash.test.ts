import { describe, expect, test } from "bun:test";
import { hashItem, isSameItem } from "../../../src/scheduler/cache/item-hash.ts";
import type { TokenItem } from "../../../src/scheduler/scheduler.ts";

const item = (ids: number[], rest: Partial<TokenItem> = {}): TokenItem => ({ ids: Int32Array.from(ids), ...rest });
const types = (...values: number[]) => ({ typeIds: Int32Array.from(values) });

describe("isSameItem()", () => {
  test.each<[string, TokenItem, TokenItem, boolean]>([
    ["the same tokens", item([1, 5, 2]), item([1, 5, 2]), true],
    ["a leading zero more", item([0, 1, 2]), item([1, 2]), false],
    ["one other token", item([1, 5, 2]), item([1, 6, 2]), false],
    ["the same in another order", item([1, 2, 3]), item([2, 1, 3]), false],
    ["a longer one", item([1, 2]), item([1, 2, 3]), false],
    ["the same token types", item([1, 2], types(0, 1)), item([1, 2], types(0, 1)), true],
    ["other token types", item([1, 2], types(0, 1)), item([1, 2], types(0, 0)), false],
    ["token types or none", item([1, 2], types(0, 0)), item([1, 2]), false],
    ["another start of pooling", item([1, 2], { poolFrom: 1 }), item([1, 2]), false],
    ["no start and one at 0", item([1, 2], { poolFrom: 0 }), item([1, 2]), true],
  ])("tells %s", (_, left, right, isSame) => {
    expect([isSameItem(left, right), isSameItem(right, left)]).toEqual([isSame, isSame]);
    if (isSame) expect(hashItem(left, 7)).toBe(hashItem(right, 7));
  });
});

describe("hashItem()", () => {
  test("gives nearly every item a number of its own", () => {
    const items = Array.from({ length: 20_000 }, (_, index) => item([101, 1000 + (index % 100), 1000 + Math.floor(index / 100), 102]));
    expect(new Set(items.map((one) => hashItem(one, 1))).size).toBeGreaterThan(19_990);
  });

  test("gives other numbers under another seed", () => {
    expect(hashItem(item([1, 2, 3]), 1)).not.toBe(hashItem(item([1, 2, 3]), 2));
  });
});
