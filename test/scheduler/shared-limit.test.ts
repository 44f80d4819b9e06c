import { describe, expect, test } from "bun:test";
import { computeShare, SharedLimit } from "../../src/scheduler/shared-limit.ts";

/** Each owner takes one at a time, in turns, until nobody finds room. */
function fill(owners: readonly string[], limit: number): SharedLimit {
  const shared = new SharedLimit();
  for (;;) {
    const next = owners.filter((owner) => shared.hasRoom(owner, 1, limit));
    if (next.length === 0) return shared;
    for (const owner of next) if (shared.hasRoom(owner, 1, limit)) shared.add(owner, 1);
  }
}

describe("hasRoom()", () => {
  test.each([
    [["a"], [800]],
    [["a", "b"], [424, 424]],
    [["a", "b", "c", "d"], [219, 218, 218, 218]],
  ])("shares 900 among %p as %p and leaves some free", (owners, held) => {
    const shared = fill(owners, 900);
    expect(owners.map((owner) => shared.heldBy(owner))).toEqual(held);
    expect(shared.total).toBeLessThan(900);
    expect(shared.hasRoom("newcomer", 20, 900)).toBe(true);
  });

  test.each([1, 2, 3, 8])("lets one owner have all of %d when it is small", (limit) => {
    expect(fill(["a"], limit).total).toBe(limit);
  });

  test("never goes over the limit, whoever asks", () => {
    const shared = new SharedLimit();
    shared.add("a", 90);
    expect([shared.hasRoom("b", 10, 100), shared.hasRoom("b", 11, 100)]).toEqual([true, false]);
  });

  test("is false under a limit that has become smaller than what is held", () => {
    const shared = new SharedLimit();
    shared.add("a", 90);
    expect([shared.hasRoom("b", 1, 50), shared.hasRoom("a", 1, 50)]).toEqual([false, false]);
  });
});

describe("add()", () => {
  test("forgets who has given back everything", () => {
    const shared = new SharedLimit();
    shared.add("a", 5);
    shared.add("b", 1);
    shared.add("a", -5);
    expect([shared.total, shared.heldBy("a"), shared.heldBy("b")]).toEqual([1, 0, 1]);
  });
});

describe("computeShare()", () => {
  test.each([[200_000, 177_777], [9, 8], [1, 1], [0, 1]])("of %d is %d", (limit, share) => expect(computeShare(limit)).toBe(share));
});
