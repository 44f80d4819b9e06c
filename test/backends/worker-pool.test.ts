// The pool over Workers that die, wait, or are let go.
import { expect, test } from "bun:test";
import { createMailboxMemory } from "../../src/backends/onnx/run-mailbox.ts";
import type { OnnxPool, WorkerReply, WorkerRequest } from "../../src/backends/onnx/protocol.ts";
import { WorkerPool } from "../../src/backends/worker-pool.ts";
import type { TermiteError } from "../../src/errors.ts";
import { rejection } from "../fixtures/test-runner.ts";

const URL_OF_WORKER = new URL("../fixtures/frail-worker.ts", import.meta.url).href;

async function open(onFailure?: (error: Error) => void): Promise<OnnxPool> {
  const pool = new WorkerPool<WorkerRequest, WorkerReply>(URL_OF_WORKER, 2, onFailure);
  await pool.start({ kind: "start", libraryPath: "", cores: 2, device: "cpu", mailbox: createMailboxMemory() });
  return pool;
}
/** Answered after so many milliseconds, or not at all. */
const submit = (pool: OnnxPool, graphFile: string, signal?: AbortSignal): Promise<WorkerReply> =>
  pool.submit(() => ({ kind: "open", source: { graphFile } }), signal);

for (const way of ["throw", "exit"]) {
  test(`a Worker that ends by ${way} is told of first, then rejects everything in constant words`, async () => {
    const order: string[] = [];
    const failures: Error[] = [];
    const pool = await open((error) => {
      failures.push(error);
      order.push("told");
    });
    const calls = [submit(pool, "10000"), submit(pool, way), submit(pool, "1")].map(async (call) => {
      const error = (await rejection(call)) as TermiteError;
      order.push("rejected");
      return error;
    });
    const errors = await Promise.all(calls);
    expect(order).toEqual(["told", "rejected", "rejected", "rejected"]);
    expect(failures).toHaveLength(1);
    for (const error of [...errors, await rejection(submit(pool, "1"))]) expect(error).toBe(failures[0] as TermiteError);
    expect(failures[0]?.message).toBe("Cannot run model: an inference thread ended");
    await pool.close({ kind: "stop" });
  });
}

test("close() lets what is in flight end first", async () => {
  const failures: Error[] = [];
  const pool = await open((error) => failures.push(error));
  const replies = [submit(pool, "50"), submit(pool, "20"), submit(pool, "1")];
  await pool.close({ kind: "stop" });
  expect((await Promise.all(replies)).map(({ kind }) => kind)).toEqual(["opened", "opened", "opened"]);
  await Bun.sleep(20);
  expect(failures).toEqual([]);
});

test("submit() leaves the other queued calls when one is aborted", async () => {
  const pool = await open();
  const controller = new AbortController();
  const running = [submit(pool, "20"), submit(pool, "20")];
  const aborted = rejection(submit(pool, "1", controller.signal));
  const last = submit(pool, "1");
  const reason = new Error("gone");
  controller.abort(reason);
  expect(await aborted).toBe(reason);
  expect((await Promise.all([...running, last])).map(({ kind }) => kind)).toEqual(["opened", "opened", "opened"]);
  await pool.close({ kind: "stop" });
});

test("submit() rejects at once when a run is aborted that cannot be stopped, and its Worker ends it first", async () => {
  const pool = await open();
  const controller = new AbortController();
  const aborted = rejection(submit(pool, "60", controller.signal));
  const other = submit(pool, "60");
  const begun = performance.now();
  const next = submit(pool, "1");
  const reason = new Error("gone");
  controller.abort(reason);
  expect(await aborted).toBe(reason);
  const idle = pool.idle();
  expect((await next).kind).toBe("opened");
  expect(performance.now() - begun).toBeGreaterThan(40);
  await Promise.all([other, idle]);
  await pool.close({ kind: "stop" });
});

test("submit() fails the pool when a run that was given up does not end", async () => {
  const failures: Error[] = [];
  const pool = new WorkerPool<WorkerRequest, WorkerReply>(URL_OF_WORKER, 1, (error) => failures.push(error), 50);
  await pool.start({ kind: "start", libraryPath: "", cores: 2, device: "cpu", mailbox: createMailboxMemory() });
  const controller = new AbortController();
  const aborted = rejection(submit(pool, "30000", controller.signal));
  const waiting = rejection(submit(pool, "1"));
  const reason = new Error("gone");
  controller.abort(reason);
  expect(await aborted).toBe(reason);
  expect(((await waiting) as TermiteError).message).toBe("Cannot run model: a run did not end after it was given up");
  expect(failures).toHaveLength(1);
  pool.terminate();
});

test("submit() keeps the pool when a run that was given up ends in time", async () => {
  const failures: Error[] = [];
  const pool = new WorkerPool<WorkerRequest, WorkerReply>(URL_OF_WORKER, 1, (error) => failures.push(error), 300);
  await pool.start({ kind: "start", libraryPath: "", cores: 2, device: "cpu", mailbox: createMailboxMemory() });
  const controller = new AbortController();
  const aborted = rejection(submit(pool, "30", controller.signal));
  controller.abort(new Error("gone"));
  await aborted;
  await Bun.sleep(400);
  expect((await submit(pool, "1")).kind).toBe("opened");
  expect(failures).toEqual([]);
  await pool.close({ kind: "stop" });
});
