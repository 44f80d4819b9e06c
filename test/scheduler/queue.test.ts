// The scheduler's own rules, over a runner that a test plays by hand: order, credit, turns, abort, lone runs after a crash.
import { describe, expect, test } from "bun:test";
import { TermiteError } from "../../src/errors.ts";
import type { HeadResult } from "../../src/heads/head.ts";
import { NO_METRICS } from "../../src/metrics.ts";
import type { Metrics } from "../../src/metrics.ts";
import { createScheduler } from "../../src/scheduler/queue.ts";
import type { Scheduler, TokenItem } from "../../src/scheduler/scheduler.ts";
import type { TokenBatch } from "../../src/tensor.ts";
import { createTestLog, rejection } from "../fixtures/test-runner.ts";
import { createFixedBatches } from "./fixed-batches.ts";

interface Call {
  /** First id of each text: enough to tell texts apart. */
  texts: number[];
  signal: AbortSignal | undefined;
  answer(): void;
  fail(error: unknown): void;
}

/** Records runs; each waits until the test answers it. The answer to a text is its first id. */
function createPlayedRunner(credit: number) {
  const calls: Call[] = [];
  const inFlight = new Set<Call>();
  let most = 0;
  const run = (_key: string, _head: string, { ids, lengths }: TokenBatch, signal?: AbortSignal): Promise<HeadResult> => {
    const { promise, resolve, reject } = Promise.withResolvers<HeadResult>();
    let start = 0;
    const texts = Array.from(lengths, (length) => ids[(start += length) - length] ?? 0);
    const end = (settle: () => void) => (): void => {
      inFlight.delete(call);
      settle();
    };
    const data = Float32Array.from(texts);
    const call: Call = {
      texts, signal,
      answer: end(() => resolve({ kind: "dense", width: 1, data })),
      fail: (error) => end(() => reject(error))(),
    };
    signal?.addEventListener("abort", () => call.fail(signal.reason));
    calls.push(call);
    inFlight.add(call);
    most = Math.max(most, inFlight.size);
    return promise;
  };
  return { runner: { run, credit }, calls, inFlight, most: () => most };
}

const settle = (): Promise<void> => Bun.sleep(0);
const item = (id: number, length = 10): TokenItem => ({ ids: new Int32Array(length).fill(id) });
const submit = (scheduler: Scheduler, items: TokenItem[], signal = new AbortController().signal): Promise<number[]> =>
  scheduler.submit({ model: "m", head: "h", items, signal })
    .then((results) => results.map((result) => (result.kind === "dense" ? result.data[0] ?? NaN : NaN)));
const crash = (signal: string | null = "SIGSEGV", alone = true): TermiteError =>
  new TermiteError("runner_crashed", "Cannot finish the run: the runner process ended", { details: { signal, alone } });
const crashAll = (calls: Iterable<Call>, signal?: string): void => {
  const all = [...calls];
  for (const call of all) call.fail(crash(signal, all.length === 1));
};
const create = (credit: number, maxBatchItems = 2) => {
  const played = createPlayedRunner(credit);
  return { ...played, scheduler: createScheduler({ runner: played.runner, batches: createFixedBatches(maxBatchItems), log: createTestLog().log }) };
};

describe("submit()", () => {
  test("gives one result per item in the items' order", async () => {
    const { scheduler, calls } = create(10);
    const results = submit(scheduler, [item(1, 40), item(2, 5), item(3, 90), item(4, 6)]);
    expect(calls.map(({ texts }) => texts)).toEqual([[3], [1], [4, 2]]);
    for (const call of calls.toReversed()) call.answer();
    expect(await results).toEqual([1, 2, 3, 4]);
    expect(await submit(scheduler, [])).toEqual([]);
  });

  test("keeps as many batches in flight as the runner has credit", async () => {
    const { scheduler, calls, inFlight, most } = create(3, 1);
    const results = submit(scheduler, Array.from({ length: 20 }, (_, i) => item(i)));
    while (calls.length < 20 || inFlight.size > 0) {
      [...inFlight][0]?.answer();
      await settle();
    }
    expect(await results).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(most()).toBe(3);
  });

  test("lets requests take turns, one batch each", async () => {
    const { scheduler, calls, inFlight } = create(1, 1);
    const all = Promise.all([[10, 11, 12], [20], [30, 31]].map((ids) => submit(scheduler, ids.map((id) => item(id)))));
    while (inFlight.size > 0) {
      for (const call of inFlight) call.answer();
      await settle();
    }
    expect(calls.map(({ texts }) => texts[0])).toEqual([10, 11, 20, 30, 12, 31]);
    await all;
  });

  test("drops queued batches and stops runs when the signal aborts", async () => {
    const { scheduler, calls } = create(1, 1);
    const controller = new AbortController();
    const reason = new Error("gone");
    const left = rejection(submit(scheduler, [item(1), item(2)], controller.signal));
    const stays = submit(scheduler, [item(3)]);
    controller.abort(reason);
    expect(await left).toBe(reason);
    expect(calls[0]?.signal?.reason).toBe(reason);
    await settle();
    calls[1]?.answer();
    expect(await stays).toEqual([3]);
    expect(calls.map(({ texts }) => texts)).toEqual([[1], [3]]);
    expect(await rejection(submit(scheduler, [item(1)], AbortSignal.abort(reason)))).toBe(reason);
  });

  test("rejects with the first failure and runs no more of that request", async () => {
    const { scheduler, calls } = create(2, 1);
    const error = new TermiteError("native", "Cannot run model: something");
    const failing = rejection(submit(scheduler, [item(1), item(2), item(3)]));
    calls[0]?.fail(error);
    expect(await failing).toBe(error);
    expect(calls[1]?.signal?.aborted).toBe(true);
    await settle();
    expect(calls).toHaveLength(2);
  });
});

describe("submit() of several requests", () => {
  test("runs their texts in one batch when they wait together", async () => {
    const { scheduler, calls } = create(1, 4);
    const all = Promise.all([1, 2, 3].map((id) => submit(scheduler, [item(id)])));
    calls[0]?.answer();
    await settle();
    calls[1]?.answer();
    expect(await all).toEqual([[1], [2], [3]]);
    expect(calls.map(({ texts }) => texts)).toEqual([[1], [2, 3]]);
  });

  test("stops a shared run only when the last of them has gone", async () => {
    const { scheduler, calls } = create(1, 4);
    const controllers = [new AbortController(), new AbortController()];
    const first = submit(scheduler, [item(1)]);
    const [left, alsoLeft] = controllers.map((controller, id) => rejection(submit(scheduler, [item(id + 2)], controller.signal)));
    calls[0]?.answer();
    await first;
    await settle();
    controllers[0]?.abort("one");
    expect([await left, calls[1]?.signal?.aborted]).toEqual(["one", false]);
    controllers[1]?.abort("two");
    expect([await alsoLeft, calls[1]?.signal?.aborted]).toEqual(["two", true]);
  });

  test("runs each request's own texts again when their batch fails, so that one costs no other", async () => {
    const { scheduler, calls, inFlight } = create(1, 4);
    const error = new TermiteError("native", "Cannot run model: something");
    const first = submit(scheduler, [item(1)]);
    const good = submit(scheduler, [item(2)]);
    const bad = rejection(submit(scheduler, [item(66)]));
    while (inFlight.size > 0) {
      for (const call of inFlight) {
        if (call.texts.includes(66)) call.fail(error);
        else call.answer();
      }
      await settle();
    }
    expect([await first, await good, await bad]).toEqual([[1], [2], error]);
    expect(calls.map(({ texts }) => texts)).toEqual([[1], [2, 66], [2], [66]]);
  });

  test("lets models take turns, one batch each", async () => {
    const { scheduler, calls, inFlight } = create(1, 1);
    const { signal } = new AbortController();
    const submitTo = (model: string, ids: number[]) => scheduler.submit({ model, head: "h", items: ids.map((id) => item(id)), signal });
    const all = Promise.all([submitTo("bulk", [1, 2, 3, 4]), submitTo("other", [20]), submitTo("bulk", [5])]);
    while (inFlight.size > 0) {
      for (const call of inFlight) call.answer();
      await settle();
    }
    await all;
    expect(calls.map(({ texts }) => texts[0])).toEqual([1, 2, 20, 5, 3, 4]);
  });
});

describe("measuring of batches", () => {
  test("takes runs alone that are wanted and were computed while everything was busy, without the time they waited", async () => {
    const { runner, calls } = createPlayedRunner(2);
    const asked: boolean[] = [];
    const added: object[] = [];
    const limits = { maxTokens: 40, maxItems: 4, runTokens: 20, isMeasured: true };
    const scheduler = createScheduler({
      runner,
      batches: {
        next: (_, isBusy) => (asked.push(isBusy), { ...limits, isMeasured: isBusy }),
        add: (key, { seconds, ...sample }) => void added.push({ key, ...sample, isShort: seconds < 0.08 }),
      },
      log: createTestLog().log,
    });
    const results = submit(scheduler, [item(1, 40), item(2, 10), item(3, 10), item(4, 8)]);
    await Bun.sleep(100);
    calls[0]?.answer();
    await settle();
    calls[1]?.answer();
    await results;
    // The second waited behind the first, so most of those 100 ms are not its own.
    expect(added).toEqual([{ key: "m", paddedTokens: 30, longest: 10, isShort: true }]);
    expect(asked.slice(0, 2)).toEqual([false, true]);
  });
});

describe("metrics of a queue", () => {
  const record = () => {
    const seen: object[] = [];
    const metrics: Metrics = {
      ...NO_METRICS,
      noteQueueWait: (model, seconds) => void seen.push({ model, hasWaited: seconds >= 0 }),
      noteRunStarted: () => void seen.push({ run: "started" }),
      noteRunEnded: (batch) => void seen.push(batch === undefined ? { run: "failed" } : { ...batch, seconds: batch.seconds >= 0 }),
    };
    return { metrics, seen };
  };

  test("tell of each batch and once of each request's wait, by the model's name", async () => {
    const { runner, calls } = createPlayedRunner(1);
    const { metrics, seen } = record();
    const scheduler = createScheduler({ runner, batches: createFixedBatches(2), log: createTestLog().log, metrics });
    const { signal } = new AbortController();
    const done: number[] = [];
    const items = [item(1, 10), item(2, 8), item(3, 8)];
    const results = scheduler.submit({ model: "key", name: "minilm", head: "h", items, signal, onDone: (tokens) => void done.push(tokens) });
    calls[0]?.answer();
    await settle();
    expect(done).toEqual([10, 8]);
    calls[1]?.answer();
    await results;
    expect(done).toEqual([10, 8, 8]);
    expect(seen).toEqual([
      { model: "minilm", hasWaited: true },
      { run: "started" },
      { model: "minilm", texts: 2, tokens: 18, paddedTokens: 20, seconds: true },
      { run: "started" },
      { model: "minilm", texts: 1, tokens: 8, paddedTokens: 8, seconds: true },
    ]);
  });

  test("count a run that failed", async () => {
    const { runner, calls } = createPlayedRunner(1);
    const { metrics, seen } = record();
    const failed = rejection(submit(createScheduler({ runner, log: createTestLog().log, metrics }), [item(1)]));
    calls[0]?.fail(new TermiteError("native", "Cannot run model: something"));
    await failed;
    expect(seen.at(-1)).toEqual({ run: "failed" });
  });
});

describe("after a crash", () => {
  test("every text that was in flight runs alone, nothing else meanwhile, before all others", async () => {
    const { scheduler, calls, inFlight } = create(2);
    const all = Promise.all([[1, 2, 3, 4], [5, 6], [7]].map((ids) => submit(scheduler, ids.map((id) => item(id)))));
    expect(calls.map(({ texts }) => texts)).toEqual([[1, 2], [3, 4]]);
    crashAll(inFlight);
    await settle();
    for (const text of [1, 2, 3, 4]) {
      expect([...inFlight].map(({ texts }) => texts)).toEqual([[text]]);
      [...inFlight][0]?.answer();
      await settle();
    }
    expect([...inFlight].map(({ texts }) => texts)).toEqual([[5, 6], [7]]);
    for (const call of inFlight) call.answer();
    expect(await all).toEqual([[1, 2, 3, 4], [5, 6], [7]]);
  });

  test("the text whose lone run crashes is answered runner_crashed, all others succeed", async () => {
    const { scheduler, inFlight } = create(2);
    const poisoned = rejection(submit(scheduler, [item(1), item(66)]));
    const others = submit(scheduler, [item(3), item(4)]);
    while (inFlight.size > 0) {
      if ([...inFlight].some(({ texts }) => texts.includes(66))) crashAll(inFlight);
      else for (const call of inFlight) call.answer();
      await settle();
    }
    const error = (await poisoned) as TermiteError;
    expect(error.code).toBe("runner_crashed");
    expect(error.message).toBe("Cannot run model: the runner process ended twice while it ran one of the texts");
    expect(await others).toEqual([3, 4]);
  });

  const innocent: [string, TermiteError][] = [
    ["by SIGKILL", crash("SIGKILL")],
    ["with other work beside it", crash("SIGSEGV", false)],
  ];
  test.each(innocent)("a lone run that ends %s is tried nine times more", async (_, error) => {
    const { scheduler, calls, inFlight } = create(2);
    const failing = rejection(submit(scheduler, [item(1)]));
    while (inFlight.size > 0) {
      for (const call of inFlight) call.fail(error);
      await settle();
    }
    expect(((await failing) as TermiteError).code).toBe("runner_crashed");
    expect(calls).toHaveLength(11);
  });

  test("a suspect whose client has gone does not run", async () => {
    const { scheduler, calls, inFlight } = create(1);
    const controller = new AbortController();
    const left = rejection(submit(scheduler, [item(1), item(2)], controller.signal));
    const stays = submit(scheduler, [item(3)]);
    crashAll(inFlight);
    await settle();
    controller.abort(new Error("gone"));
    await left;
    await settle();
    for (const call of inFlight) call.answer();
    expect(await stays).toEqual([3]);
    expect(calls.map(({ texts }) => texts)).toEqual([[1, 2], [1], [3]]);
  });
});

test("submit() tells of each item when a run takes it, and its result before the others are there", async () => {
  const { scheduler, calls } = create(1, 1);
  const told: string[] = [];
  const items = [item(1, 4), item(2, 40)];
  const signal = new AbortController().signal;
  const onStart = (index: number): void => void told.push(`start ${index}`);
  const onResult = (index: number, result: HeadResult): void => void told.push(`result ${index}: ${result.kind === "dense" ? result.data[0] : "none"}`);
  const results = scheduler.submit({ model: "m", head: "h", items, signal, onStart, onResult });
  expect(told).toEqual(["start 1"]);
  calls[0]?.answer();
  await settle();
  expect(told).toEqual(["start 1", "result 1: 2", "start 0"]);
  calls[1]?.answer();
  await results;
  expect(told.at(-1)).toBe("result 0: 1");
});
