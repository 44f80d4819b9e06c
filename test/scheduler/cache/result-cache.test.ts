// What runs and what does not, over a scheduler that a test plays by hand: memory, flights, those who leave, failures.
import { describe, expect, test } from "bun:test";
import { TermiteError } from "../../../src/errors.ts";
import type { HeadResult } from "../../../src/heads/head.ts";
import type { Permit } from "../../../src/scheduler/admission.ts";
import { ResultCache } from "../../../src/scheduler/cache/result-cache.ts";
import { createScheduler } from "../../../src/scheduler/queue.ts";
import type { TokenItem, Work } from "../../../src/scheduler/scheduler.ts";
import { createTestLog, rejection } from "../../fixtures/test-runner.ts";

interface Call {
  /** First id of each item: enough to tell them apart. */
  texts: number[];
  work: Work;
  start(index?: number): void;
  /** One item's result, as the queue gives it before the others. */
  give(index: number): void;
  answer(): void;
  fail(error: unknown): void;
}

const item = (id: number, length = 4): TokenItem => ({ ids: new Int32Array(length).fill(id) });
const resultOf = (id: number): HeadResult => ({ kind: "dense", width: 1, data: Float32Array.of(id) });
const settle = (): Promise<void> => Bun.sleep(1);

function createPlayed() {
  const calls: Call[] = [];
  const submit = (work: Work): Promise<HeadResult[]> => {
    const { promise, resolve, reject } = Promise.withResolvers<HeadResult[]>();
    const texts = work.items.map(({ ids }) => ids[0] ?? NaN);
    work.signal.addEventListener("abort", () => reject(work.signal.reason));
    calls.push({
      texts, work,
      start: (index = 0) => work.onStart?.(index),
      give: (index) => work.onResult?.(index, resultOf(texts[index] ?? NaN)),
      answer: () => resolve(texts.map(resultOf)),
      fail: reject,
    });
    return promise;
  };
  return { calls, submit };
}

function create({ maxBytes = 1e6, findEngine = (): unknown => 1 } = {}) {
  const played = createPlayed();
  const cache = new ResultCache({ scheduler: played, maxBytes, findEngine });
  return { ...played, cache };
}

type Options = Partial<Omit<Work, "items">> & { permit?: Permit };

async function ask(cache: ResultCache, items: readonly TokenItem[], { permit, ...work }: Options = {}): Promise<number[]> {
  const signal = new AbortController().signal;
  const results = await cache.run({ model: "m", head: "h", client: "c", signal, ...work, items }, permit);
  return results.map((result) => (result.kind === "dense" ? (result.data[0] ?? NaN) : NaN));
}

function createPermit(refuse?: (tokens: number) => Error | undefined): Permit & { sizes: number[] } {
  const sizes: number[] = [];
  const resize = (tokens: number): void => {
    sizes.push(tokens);
    const error = refuse?.(tokens);
    if (error !== undefined) throw error;
  };
  return { sizes, resize, finish: () => {}, release: () => {} };
}

describe("run() from memory", () => {
  test("runs an item once, and gives the very result to whoever asks again", async () => {
    const { cache, calls } = create();
    const first = ask(cache, [item(1), item(2)]);
    calls[0]?.answer();
    expect(await first).toEqual([1, 2]);
    expect(await ask(cache, [item(2), item(1)])).toEqual([2, 1]);
    const rest = ask(cache, [item(1), item(3)]);
    calls[1]?.answer();
    expect(await rest).toEqual([1, 3]);
    expect(calls.map(({ texts }) => texts)).toEqual([[1, 2], [3]]);
    expect(cache.figures()).toMatchObject({ entries: 3, hits: 3, misses: 3, shared: 0, maxBytes: 1e6 });
  });

  test.each<[string, Options, TokenItem]>([
    ["another model", { model: "other" }, item(1)],
    ["another head", { head: "raw" }, item(1)],
    ["other tokens", {}, item(1, 5)],
    ["other token types", {}, { ...item(1), typeIds: new Int32Array(4) }],
    ["another start of pooling", {}, { ...item(1), poolFrom: 2 }],
  ])("runs it for %s", async (_, options, other) => {
    const { cache, calls } = create();
    for (const [at, answer] of [ask(cache, [item(1)]), ask(cache, [other], options)].entries()) {
      calls[at]?.answer();
      await answer;
    }
    expect(calls).toHaveLength(2);
  });

  test("costs no tokens for what is in memory, and those of the rest once", async () => {
    const { cache, calls } = create();
    const permit = createPermit();
    const asked = ask(cache, [item(1, 10), item(2, 20), item(1, 10)], { permit });
    calls[0]?.answer();
    await asked;
    await ask(cache, [item(2, 20)], { permit });
    expect(permit.sizes).toEqual([30, 0]);
    expect(calls[0]?.work.onDone).toBe(permit.finish);
  });

  test("keeps what was done of a request that ended before its end", async () => {
    const { cache, calls } = create();
    const client = new AbortController();
    const left = rejection(ask(cache, [item(1), item(2)], { signal: client.signal }));
    calls[0]?.give(1);
    client.abort(new Error("left"));
    await left;
    expect(await ask(cache, [item(2)])).toEqual([2]);
  });

  test("forgets a model, and takes nothing of a run that began before", async () => {
    const { cache, calls } = create();
    const kept = ask(cache, [item(9)], { model: "other" });
    const first = ask(cache, [item(1)]);
    for (const call of calls) call.answer();
    await Promise.all([kept, first]);
    const late = ask(cache, [item(2)]);
    cache.forget("m");
    calls[2]?.answer();
    expect(await late).toEqual([2]);
    expect(cache.figures().entries).toBe(1);
    void ask(cache, [item(1), item(2)]);
    expect(calls.at(-1)?.texts).toEqual([1, 2]);
    expect(await ask(cache, [item(9)], { model: "other" })).toEqual([9]);
  });

  test("forgets a model that runs on another engine now", async () => {
    let engine = "cuda";
    const { cache, calls } = create({ findEngine: () => engine });
    const first = ask(cache, [item(1)]);
    calls[0]?.answer();
    await first;
    engine = "cpu";
    void ask(cache, [item(1)]);
    expect([calls.length, cache.figures().entries]).toEqual([2, 0]);
  });

  test("gives nothing to a request that nobody waits for", async () => {
    const { cache, calls } = create();
    const reason = new Error("left");
    expect(await rejection(ask(cache, [item(1)], { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(calls).toEqual([]);
  });

  test("answers a request without items", async () => {
    const { cache, calls } = create();
    expect([await ask(cache, []), calls]).toEqual([[], []]);
  });
});

describe("run() beside others", () => {
  test("runs once what one request holds several times", async () => {
    const { cache, calls } = create();
    const answer = ask(cache, [item(1), item(2), item(1), item(1)]);
    expect(calls[0]?.texts).toEqual([1, 2]);
    calls[0]?.answer();
    expect(await answer).toEqual([1, 2, 1, 1]);
    expect(cache.figures()).toMatchObject({ misses: 2, shared: 2 });
  });

  test("runs once what several ask for, and answers as soon as it is there", async () => {
    const { cache, calls } = create();
    void ask(cache, [item(1), item(2)]);
    const permit = createPermit();
    const answers = Promise.all([ask(cache, [item(2)], { permit }), ask(cache, [item(3), item(2)])]);
    calls[0]?.give(1);
    calls[1]?.answer();
    expect(await answers).toEqual([[2], [3, 2]]);
    expect(calls.map(({ texts }) => texts)).toEqual([[1, 2], [3]]);
    expect(permit.sizes).toEqual([0]);
    expect(cache.figures()).toMatchObject({ misses: 3, shared: 2, hits: 0 });
  });

  test("does not wait behind another client's turn, but for a run that has begun", async () => {
    const { cache, calls } = create();
    void ask(cache, [item(1)]);
    const own = ask(cache, [item(1)], { client: "other" });
    expect(calls.map(({ texts }) => texts)).toEqual([[1], [1]]);
    calls[1]?.start();
    const third = ask(cache, [item(1)], { client: "third" });
    calls[1]?.answer();
    expect([await own, await third, calls.length]).toEqual([[1], [1], 2]);
    calls[0]?.answer();
    await settle();
    expect(cache.figures().entries).toBe(1);
  });

  test("does not wait behind a request that is much larger, unless it is as large itself", async () => {
    const { cache, calls } = create();
    const many = Array.from({ length: 60 }, (_, index) => item(index, 100));
    void ask(cache, many);
    void ask(cache, [item(7, 100)]);
    void ask(cache, many.toReversed());
    expect(calls.map(({ texts }) => texts.length)).toEqual([60, 1]);
  });

  test("runs it itself when who began has left", async () => {
    const { cache, calls } = create();
    const leaver = new AbortController();
    const left = rejection(ask(cache, [item(1)], { signal: leaver.signal }));
    const stay = Promise.all([ask(cache, [item(1)]), ask(cache, [item(1), item(2)])]);
    leaver.abort(new Error("left"));
    expect(await left).toHaveProperty("message", "left");
    calls[1]?.answer();
    while (calls.length < 3) await settle();
    await settle();
    expect(calls.map(({ texts }) => texts)).toEqual([[1], [2], [1]]);
    calls[2]?.answer();
    expect(await stay).toEqual([[1], [1, 2]]);
  });

  test("asks for the tokens that it takes over, after who left gave them back", async () => {
    const { cache, calls } = create();
    const leaver = new AbortController();
    let isFull = true;
    const left = rejection(ask(cache, [item(1)], { signal: leaver.signal })).finally(() => (isFull = false));
    const permit = createPermit((tokens) => (isFull && tokens > 0 ? new Error("overloaded") : undefined));
    const stay = ask(cache, [item(1)], { permit });
    leaver.abort(new Error("left"));
    await left;
    while (calls.length < 2) await settle();
    calls[1]?.answer();
    expect([await stay, permit.sizes]).toEqual([[1], [0, 4]]);
  });

  test("leaves at once without harm to who runs it and who else waits", async () => {
    const { cache, calls } = create();
    const first = ask(cache, [item(1)]);
    const leaver = new AbortController();
    const left = rejection(ask(cache, [item(1)], { signal: leaver.signal }));
    const third = ask(cache, [item(1)]);
    const reason = new Error("deadline");
    leaver.abort(reason);
    expect(await left).toBe(reason);
    expect(calls[0]?.work.signal.aborted).toBe(false);
    calls[0]?.answer();
    expect([await first, await third, calls.length]).toEqual([[1], [1], 1]);
  });

  test("shares the failure of the item, and tries again for the next", async () => {
    const { cache, calls } = create();
    const failures = [1, 2, 3].map(() => rejection(ask(cache, [item(1)])));
    const error = new TermiteError("runner_crashed", "Cannot run model: crashed twice");
    calls[0]?.fail(error);
    expect(await Promise.all(failures)).toEqual([error, error, error]);
    expect(calls).toHaveLength(1);
    void ask(cache, [item(1)]);
    expect(calls).toHaveLength(2);
  });

  test("does not take the failure of another item for its own", async () => {
    const { cache, calls } = create();
    const failing = rejection(ask(cache, [item(1), item(2)]));
    const other = ask(cache, [item(2)]);
    calls[0]?.fail(new Error("of item 1"));
    await failing;
    while (calls.length < 2) await settle();
    calls[1]?.answer();
    expect(await other).toEqual([2]);
  });

  test("begins nothing that is not let in", async () => {
    const { cache, calls } = create();
    const error = new Error("overloaded");
    expect(await rejection(ask(cache, [item(1)], { permit: createPermit(() => error) }))).toBe(error);
    const next = ask(cache, [item(1)]);
    calls[0]?.answer();
    expect([await next, calls.length]).toEqual([[1], 1]);
  });
});

test("run() shares over a real queue what runs already, whoever asked for it", async () => {
  const gate = Promise.withResolvers<void>();
  const batches: number[] = [];
  const run = async (_key: string, _head: string, { ids, lengths }: { ids: Int32Array; lengths: Int32Array }): Promise<HeadResult> => {
    batches.push(lengths.length);
    await gate.promise;
    return { kind: "dense", width: 1, data: Float32Array.from(lengths, () => ids[0] ?? NaN) };
  };
  const scheduler = createScheduler({ runner: { run, credit: 2 }, log: createTestLog().log });
  const cache = new ResultCache({ scheduler, maxBytes: 1e6 });
  const answers = Promise.all(Array.from({ length: 32 }, (_, index) => ask(cache, [item(5)], { client: `c${index}` })));
  gate.resolve();
  expect(await answers).toEqual(Array.from({ length: 32 }, () => [5]));
  expect(batches).toEqual([1]);
});
