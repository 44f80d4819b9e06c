import { describe, expect, test } from "bun:test";
import { RecencyList, type Listed } from "../../../src/scheduler/cache/recency-list.ts";

interface Item extends Listed<Item> {
  name: string;
}

const create = (names: string) => {
  const list = new RecencyList<Item>();
  const items = new Map(Array.from(names, (name) => [name, { name } satisfies Item]));
  for (const item of items.values()) list.add(item);
  const get = (name: string): Item => items.get(name) ?? { name };
  const drain = (): string => {
    let order = "";
    for (let { oldest } = list; oldest !== undefined; { oldest } = list) {
      order += oldest.name;
      list.remove(oldest);
    }
    return order;
  };
  return { list, get, drain };
};

describe("RecencyList", () => {
  test.each([["", "", ""], ["abc", "", "abc"], ["abc", "a", "bca"], ["abc", "b", "acb"], ["abc", "c", "abc"], ["a", "a", "a"], ["abcd", "bda", "cbda"]])(
    "holds %p after touches of %p as %p",
    (names, touched, order) => {
      const { list, get, drain } = create(names);
      for (const name of touched) list.touch(get(name));
      expect([drain(), list.oldest]).toEqual([order, undefined]);
    },
  );

  test.each([["a", "bc"], ["b", "ac"], ["c", "ab"]])("loses %p alone, wherever it stands, and takes it again", (name, rest) => {
    const { list, get, drain } = create("abc");
    list.remove(get(name));
    list.add(get(name));
    expect(drain()).toBe(rest + name);
  });
});
