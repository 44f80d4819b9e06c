import { describe, expect, test } from "bun:test";
import type { HeadResult } from "../../../src/heads/head.ts";
import { ResultStore, type Question, type Scope } from "../../../src/scheduler/cache/result-store.ts";

const scope = (): Scope => ({ model: "m", seed: 1, isOpen: true });
const M = scope();
const ask = (hash: number, of = M, ids = [hash]): Question => ({ scope: of, hash, item: { ids: Int32Array.from(ids) } });
/** 4 bytes a number. */
const dense = (numbers: number): HeadResult => ({ kind: "dense", width: numbers, data: new Float32Array(numbers) });

/** What one entry of `numbers` takes. */
function measureEntry(numbers: number): number {
  const store = new ResultStore(1e9);
  store.add(ask(1), dense(numbers));
  return store.bytes;
}

describe("ResultStore", () => {
  test("gives back the very result, and nothing for other tokens of the same number", () => {
    const store = new ResultStore(1e6);
    const result = dense(3);
    store.add(ask(1), result);
    expect(store.find(ask(1))).toBe(result);
    expect(store.find(ask(1, M, [9]))).toBeUndefined();
    expect(store.find(ask(1, scope()))).toBeUndefined();
    expect(store.find(ask(2))).toBeUndefined();
  });

  test("keeps the newer of two items with one number", () => {
    const store = new ResultStore(1e6);
    store.add(ask(1, M, [8]), dense(1));
    const newer = dense(2);
    store.add(ask(1, M, [9]), newer);
    expect([store.find(ask(1, M, [8])), store.find(ask(1, M, [9])), store.entries]).toEqual([undefined, newer, 1]);
    expect(store.bytes).toBe(measureEntry(2));
  });

  test("drops what was not asked for the longest when bytes run out", () => {
    const each = measureEntry(100);
    const store = new ResultStore(each * 40);
    for (let hash = 0; hash < 40; hash++) store.add(ask(hash), dense(100));
    expect([store.entries, store.bytes]).toEqual([40, each * 40]);
    store.find(ask(0));
    store.add(ask(40), dense(100));
    expect([store.entries, store.bytes]).toEqual([40, each * 40]);
    expect([0, 1, 2, 40].map((hash) => store.find(ask(hash)) !== undefined)).toEqual([true, false, true, true]);
  });

  test("counts tokens, token types and every array of a result", () => {
    const small = measureEntry(0);
    const count = (item: Question["item"], result: HeadResult): number => {
      const store = new ResultStore(1e9);
      store.add({ scope: M, hash: 1, item }, result);
      return store.bytes - small;
    };
    const three = Int32Array.of(1, 2, 3);
    expect(count({ ids: three, typeIds: three }, dense(5))).toBe(12 + 12 - 4 + 20);
    expect(count({ ids: three }, { kind: "ragged", width: 2, lengths: Int32Array.of(3), data: new Float32Array(6) })).toBe(12 - 4 + 24 + 4);
    const sparse: HeadResult = { kind: "sparse", lengths: Int32Array.of(2), indices: Int32Array.of(1, 2), values: new Float32Array(2) };
    expect(count({ ids: three }, sparse)).toBe(12 - 4 + 4 + 8 + 8);
  });

  test("does not keep one that takes more than a 32nd of it", () => {
    const store = new ResultStore(32_000);
    store.add(ask(1), dense(20));
    store.add(ask(2), dense(300));
    expect([store.entries, store.find(ask(2))]).toEqual([1, undefined]);
  });

  test("lets go of what belongs to a closed scope, and takes nothing for it", () => {
    const store = new ResultStore(1e6);
    const other = scope();
    store.add(ask(1), dense(1));
    store.add(ask(2, other), dense(1));
    other.isOpen = false;
    store.removeClosed();
    store.add(ask(3, other), dense(1));
    expect([store.entries, store.bytes]).toEqual([1, measureEntry(1)]);
    expect(store.find(ask(1))).toBeDefined();
  });
});
