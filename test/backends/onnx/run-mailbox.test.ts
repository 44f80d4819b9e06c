// The mailbox alone, and the pool over Workers that take from it: order, who is told what, and what an abort meets.
import { afterEach, describe, expect, test } from "bun:test";
import type { OnnxPool, WorkerReply, WorkerRequest } from "../../../src/backends/onnx/protocol.ts";
import { createMailboxMemory, RunMailbox } from "../../../src/backends/onnx/run-mailbox.ts";
import { WorkerPool } from "../../../src/backends/worker-pool.ts";
import { rejection, waitUntil } from "../../fixtures/test-runner.ts";

const SESSION = { id: 3, address: 140_000_000_000_001 };
const BATCH = { ids: Int32Array.of(7, 8, 9), lengths: Int32Array.of(1, 2) };
const createRun = (batch: typeof BATCH | object = {}) => ({ kind: "run", session: SESSION, headId: 2, batch: { ...BATCH, ...batch } }) as const;

describe("RunMailbox", () => {
  test.each([
    {},
    { typeIds: Int32Array.of(0, 0, 1) },
    { poolFrom: Int32Array.of(0, 1) },
    { typeIds: Int32Array.of(0, 0, 1), poolFrom: Int32Array.of(0, 1) },
  ])("gives the run as it was put, with %p", (parts) => {
    const memory = createMailboxMemory();
    expect(new RunMailbox(memory).put({ id: 9, request: createRun(parts) })).toBe(true);
    expect(new RunMailbox(memory).take()).toEqual({ id: 9, request: createRun(parts) });
  });

  test("holds one run at a time, and gives it to one alone", () => {
    const mailbox = new RunMailbox(createMailboxMemory());
    expect([mailbox.put({ id: 1, request: createRun() }), mailbox.put({ id: 2, request: createRun() })]).toEqual([true, false]);
    expect([mailbox.take()?.id, mailbox.take(), mailbox.retract()]).toEqual([1, undefined, false]);
    expect([mailbox.put({ id: 3, request: createRun() }), mailbox.retract(), mailbox.take()]).toEqual([true, true, undefined]);
  });

  test("refuses a batch that has no room in it", () => {
    const mailbox = new RunMailbox(createMailboxMemory());
    expect(mailbox.put({ id: 1, request: createRun({ ids: new Int32Array(70_000) }) })).toBe(false);
    expect(mailbox.put({ id: 1, request: createRun({ ids: new Int32Array(60_000) }) })).toBe(true);
  });
});

describe("a pool with a mailbox", () => {
  const pools: OnnxPool[] = [];
  afterEach(() => pools.splice(0).forEach((pool) => pool.terminate()));

  async function open(count: number) {
    const url = new URL("../../fixtures/chain-worker.ts", import.meta.url).href;
    const pool = new WorkerPool<WorkerRequest, WorkerReply>(url, count);
    pools.push(pool);
    const memory = createMailboxMemory();
    await pool.start({ kind: "start", libraryPath: "", cores: count, device: "cpu", mailbox: memory });
    const mailbox = new RunMailbox(memory);
    const put = { taken: 0, offered: 0 };
    pool.setMailbox({
      put: ({ id, request }) => request.kind === "run" && mailbox.put({ id, request }) && put.offered++ >= 0,
      retract: () => mailbox.retract() && put.taken++ >= 0,
    });
    const stops: string[] = [];
    pool.setStopper({ set: ({ turn }) => void stops.push(`set ${turn}`), clear: ({ turn }) => void stops.push(`clear ${turn}`) });
    const run = async (ms: number, signal?: AbortSignal): Promise<number[]> => {
      const request = (turn: number): WorkerRequest => ({ ...createRun({ ids: Int32Array.of(ms, 0, 0) }), turn });
      const reply = await pool.submit((slot) => request(slot.turn), signal, () => request(0));
      return reply.kind === "result" && reply.result.kind === "dense" ? [...reply.result.data] : [];
    };
    return { pool, run, stops, put };
  }

  test("runs everything once and gives each caller its own result", async () => {
    const { run, put } = await open(2);
    const results = await Promise.all(Array.from({ length: 60 }, (_, i) => run(1 + (i % 3))));
    expect(results.map(([ms]) => ms)).toEqual(Array.from({ length: 60 }, (_, i) => 1 + (i % 3)));
    expect(put.offered).toBeGreaterThan(10);
  });

  test("takes turns with run options, whether a run was handed over or lay ready", async () => {
    const { run } = await open(1);
    const turns = (await Promise.all(Array.from({ length: 7 }, () => run(3)))).map(([, , turn]) => turn);
    // The Worker's start was its first turn.
    expect(turns).toEqual([0, 1, 0, 1, 0, 1, 0]);
  });

  test("rejects one that lies ready at once when its client goes, and runs the next instead", async () => {
    const { run, stops } = await open(1);
    const controller = new AbortController();
    const reason = new Error("gone");
    const first = run(30);
    const gone = rejection(run(1, controller.signal));
    const next = run(2);
    controller.abort(reason);
    expect(await gone).toBe(reason);
    expect([(await first)[0], (await next)[0], stops]).toEqual([30, 2, []]);
  });

  test("stops one that a Worker has taken as soon as that is known, by its own turn", async () => {
    const { run, stops } = await open(1);
    const controller = new AbortController();
    const reason = new Error("gone");
    const first = run(5);
    const gone = rejection(run(60, controller.signal));
    // Holds this thread until the Worker has gone on by itself.
    Bun.sleepSync(30);
    controller.abort(reason);
    expect(await gone).toBe(reason);
    expect((await first)[0]).toBe(5);
    expect(stops).toEqual(["set 1", "clear 1"]);
    expect((await run(1))[0]).toBe(1);
  });

  test("goes on behind a run that fails", async () => {
    const { run } = await open(1);
    const [first, failed, last] = [run(5), rejection(run(-1)), run(2)];
    expect([(await first)[0], await failed, (await last)[0]]).toEqual([5, expect.objectContaining({ message: expect.any(String) }), 2]);
  });

  test("hands what lies ready to a Worker that became free by another request", async () => {
    const { pool, run, put } = await open(1);
    const other = pool.submit(() => ({ kind: "release", addresses: [SESSION.address] }));
    const result = run(1);
    expect((await other).kind).toBe("done");
    expect((await result)[0]).toBe(1);
    await waitUntil(() => put.taken === 1, "it was taken back");
  });

  test("lets what lies ready end before it closes", async () => {
    const { pool, run } = await open(1);
    const results = [run(5), run(5), run(5)];
    await pool.close({ kind: "stop" });
    expect((await Promise.all(results)).map(([ms]) => ms)).toEqual([5, 5, 5]);
  });
});
