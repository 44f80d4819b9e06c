// The runner over the fake backend in real child processes: start, crash, restart, recycle, close.
import { describe, expect, test } from "bun:test";
import { getPriority } from "node:os";
import { readFileSync } from "node:fs";
import { TermiteError } from "../../src/errors.ts";
import type { HeadResult } from "../../src/heads/head.ts";
import type { Runner } from "../../src/runners/runner.ts";
import type { RunnerOptions } from "../../src/runners/supervisor.ts";
import { createBatch } from "../contract/batches.ts";
import {
  BLOCK_ID, CRASH_ID, DEADLY_MODEL, fakeTokens, HANG_ID, HANGING_MODEL, LOSE_ID, SLOW_ID, THROW_ID,
} from "../fixtures/fake-backend.ts";
import { createTestLog, isAlive, rejection, waitUntil } from "../fixtures/test-runner.ts";
import { useRunners } from "./started-runners.ts";

const { folder, start } = useRunners();
const startLoaded = async (overrides: Partial<RunnerOptions> = {}): Promise<Runner> => {
  const runner = start(overrides);
  await runner.load(folder.model("tokens"));
  return runner;
};
const run = (runner: Runner, ids: number[], signal?: AbortSignal): Promise<HeadResult> =>
  runner.run("tokens", "tokens", createBatch([ids]), signal);
const expectTokens = (result: HeadResult, ids: number[]): void =>
  expect(result).toEqual({ kind: "ragged", width: 4, lengths: Int32Array.of(ids.length), data: fakeTokens(ids) });
const pidOf = (runner: Runner): number => runner.status().pid ?? 0;

describe("createRunner()", () => {
  test("is ready with the engine's own words and answers a run", async () => {
    const runner = await startLoaded();
    expect(runner.status().state).toBe("ready");
    expectTokens(await run(runner, [5, 7, 11]), [5, 7, 11]);
    expect(runner.status()).toEqual({
      state: "ready",
      target: { requested: "onnx:cpu", actual: "onnx:cpu", reason: null },
      engine: { library: "fake", version: "1.0.0", device: "memory" },
      pid: expect.any(Number),
      restarts: 0,
    });
    expect(runner.credit).toBe(3);
  });

  test("gives the child its own environment and a lower priority", async () => {
    const runner = await startLoaded({ environment: { TERMITE_TEST: "yes" } });
    const proc = `/proc/${pidOf(runner)}`;
    const environment = readFileSync(`${proc}/environ`, "utf8").split("\0");
    expect(environment).toContain("TERMITE_TEST=yes");
    expect(environment.some((entry) => entry.startsWith("PATH="))).toBe(false);
    expect(getPriority(pidOf(runner))).toBe(Math.min(getPriority() + 5, 19));
  });

  test("leaves SIGINT and SIGTERM, which reach a whole process group, to the parent", async () => {
    const runner = await startLoaded();
    const last = run(runner, [SLOW_ID]);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.kill(pidOf(runner), signal);
    expectTokens(await last, [SLOW_ID]);
    expect(runner.status().restarts).toBe(0);
  });

  test("captures what the child prints at debug", async () => {
    const { log, lines } = createTestLog();
    await startLoaded({ log });
    await waitUntil(() => lines.some(({ message }) => message === "runner output"), "a line was captured");
    expect(lines.find(({ message }) => message === "runner output")).toMatchObject({
      level: "debug", fields: { stream: "stdout", line: "fake runner is starting" },
    });
  });

  test("load() twice shares one load and gives the facts", async () => {
    const runner = start();
    const [first, second] = await Promise.all([runner.load(folder.model("tokens")), runner.load(folder.model("tokens"))]);
    expect(first).toBe(second);
    const inputs = ["input_ids", "attention_mask", "token_type_ids"];
    expect(first).toEqual({ inputs, outputs: ["last_hidden_state"], padded: true, width: 4 });
  });

  test("load() rejects with the model's name when the file is bad, and can be tried again", async () => {
    const runner = start();
    await Bun.write(folder.file("mended"), "nothing");
    const error = (await rejection(runner.load(folder.model("mended")))) as TermiteError;
    expect(error.code).toBe("model_load_failed");
    expect(error.message).toBe('Cannot load model "mended": the file is no model');
    await Bun.write(folder.file("mended"), Bun.file(folder.file("tokens")));
    await runner.load(folder.model("mended"));
  });

  test("unload() forgets the model", async () => {
    const runner = await startLoaded();
    await runner.unload("tokens");
    expect(((await rejection(run(runner, [1]))) as TermiteError).message).toBe("Cannot run model: it is not loaded");
  });

  test("run() rejects with the child's error, class and all", async () => {
    const runner = await startLoaded();
    const error = (await rejection(run(runner, [THROW_ID]))) as TermiteError;
    expect(error).toBeInstanceOf(TermiteError);
    expect({ code: error.code, message: error.message }).toEqual({
      code: "native", message: "Cannot run model: the fake was told to throw",
    });
    const unknown = (await rejection(runner.run("tokens", "nothing", createBatch([[1]])))) as TermiteError;
    expect(unknown.message).toBe('Cannot run model: it has no head "nothing"');
  });

  test("run() rejects at once with the signal's reason when it is aborted, and the run stops", async () => {
    const runner = await startLoaded();
    const controller = new AbortController();
    const reason = new Error("the client left");
    const hanging = Array.from({ length: 5 }, () => rejection(run(runner, [HANG_ID], controller.signal)));
    await Bun.sleep(20);
    controller.abort(reason);
    expect(await Promise.all(hanging)).toEqual([reason, reason, reason, reason, reason]);
    expectTokens(await run(runner, [3]), [3]);
    expect(await rejection(run(runner, [3], AbortSignal.abort(reason)))).toBe(reason);
  });

  test("run() puts a large ragged result together from pieces, also several at once and beside small ones", async () => {
    const runner = await startLoaded();
    const texts = [400_000, 100_000, 70_000].map((length) => Array.from({ length }, (_, i) => (i * 7 + length) % 100));
    const results = await Promise.all([...texts.map((ids) => run(runner, ids)), run(runner, [9])]);
    texts.forEach((ids, i) => expectTokens(results[i]!, ids));
    expectTokens(results[3]!, [9]);
  });

  test("run() aborted between pieces leaves the runner well", async () => {
    const runner = await startLoaded();
    const ids = Array.from({ length: 600_000 }, (_, i) => i % 100);
    const controller = new AbortController();
    const cut = rejection(run(runner, ids, controller.signal));
    await Bun.sleep(5);
    controller.abort(new Error("enough"));
    expect(await cut).toEqual(new Error("enough"));
    expectTokens(await run(runner, [4, 2]), [4, 2]);
    expect(runner.status().restarts).toBe(0);
  });
});

describe("a runner that dies", () => {
  test("rejects runs in flight, restarts, has its models again and says what happened", async () => {
    const { log, lines } = createTestLog();
    const runner = await startLoaded({ log });
    await runner.load(folder.model("tokens", "second"));
    const before = pidOf(runner);
    const error = (await rejection(run(runner, [CRASH_ID]))) as TermiteError;
    expect(error.code).toBe("runner_crashed");
    expect(error.message).toBe("Cannot finish the run: the runner process ended with signal SIGSEGV");
    expect(error.details).toEqual({ signal: "SIGSEGV", exitCode: null, alone: true });
    expectTokens(await run(runner, [8]), [8]);
    expectTokens(await runner.run("second", "tokens", createBatch([[8]])), [8]);
    expect(pidOf(runner)).not.toBe(before);
    expect(runner.status()).toMatchObject({ state: "ready", restarts: 1, problem: 'Cannot keep "onnx:cpu" running: its process ended with signal SIGSEGV' });
    expect(lines.filter(({ level }) => level === "warn")).toMatchObject([
      { message: "runner crashed", fields: { pid: before, output: "fake runner is starting" } },
    ]);
  });

  test("says that a run was not alone", async () => {
    const runner = await startLoaded();
    const slow = rejection(run(runner, [HANG_ID]));
    const crash = rejection(run(runner, [CRASH_ID]));
    const errors = (await Promise.all([slow, crash])) as TermiteError[];
    expect(errors.map(({ details }) => details?.["alone"])).toEqual([false, false]);
  });

  test("keeps calls made while it restarts waiting", async () => {
    const runner = await startLoaded();
    process.kill(pidOf(runner), "SIGKILL");
    await waitUntil(() => runner.status().state === "restarting", "it restarts");
    expectTokens(await run(runner, [1, 2]), [1, 2]);
  });

  test("lets a waiting call go when it is aborted", async () => {
    const runner = start({ environment: { TEST_START: "hang" }, timing: { closeDeadlineMs: 50 } });
    const reason = new Error("gone");
    const loading = rejection(runner.load(folder.model("tokens"), AbortSignal.timeout(20)));
    expect(((await loading) as Error).name).toBe("TimeoutError");
    expect(await rejection(run(runner, [1], AbortSignal.abort(reason)))).toBe(reason);
  });

  test("rejects the load that kills it, forgets that model and keeps the others", async () => {
    const runner = await startLoaded();
    await Bun.write(folder.file("deadly"), DEADLY_MODEL);
    const error = (await rejection(runner.load(folder.model("deadly")))) as TermiteError;
    expect(error.code).toBe("runner_crashed");
    expect(error.message).toBe('Cannot load model "deadly": the runner process ended while loading it');
    expectTokens(await run(runner, [1]), [1]);
    expect(runner.status().restarts).toBe(2);
  });

  test("finishes a load that was only beside the crash", async () => {
    const runner = await startLoaded();
    const crash = rejection(run(runner, [CRASH_ID]));
    await runner.load(folder.model("tokens", "beside"));
    expectTokens(await runner.run("beside", "tokens", createBatch([[6]])), [6]);
    await crash;
  });

  test("is replaced when it is stopped and does not answer", async () => {
    const runner = await startLoaded({ timing: { heartbeatMs: 20, unresponsiveMs: 200 } });
    const before = pidOf(runner);
    process.kill(before, "SIGSTOP");
    const error = (await rejection(run(runner, [1]))) as TermiteError;
    const reason = 'Cannot reach runner "onnx:cpu": no answer for 200 ms';
    expect(error.details).toEqual({ signal: "SIGKILL", exitCode: null, alone: true, reason });
    expectTokens(await run(runner, [1]), [1]);
    expect(runner.status().problem).toBe(reason);
    expect(isAlive(before)).toBe(false);
  });

  test("is replaced when a run holds its thread", async () => {
    const runner = await startLoaded({ timing: { heartbeatMs: 20, unresponsiveMs: 200 } });
    expect(((await rejection(run(runner, [BLOCK_ID]))) as TermiteError).code).toBe("runner_crashed");
    expectTokens(await run(runner, [1]), [1]);
  });

  test("is left alone by the heartbeat while a run is longer than its patience", async () => {
    const runner = await startLoaded({ timing: { heartbeatMs: 100, unresponsiveMs: 1000 } });
    expect(((await rejection(run(runner, [HANG_ID], AbortSignal.timeout(1500)))) as Error).name).toBe("TimeoutError");
    expect(runner.status().restarts).toBe(0);
  });
});

describe("a runner that loses its engine", () => {
  test("takes calls in flight as crashed, and serves again", async () => {
    const runner = await startLoaded();
    const hanging = rejection(run(runner, [HANG_ID]));
    const errors = (await Promise.all([rejection(run(runner, [LOSE_ID])), hanging])) as TermiteError[];
    for (const { code, message, details } of errors) {
      expect({ code, message }).toEqual({
        code: "runner_crashed", message: "Cannot finish the run: the runner process ended with exit code 1",
      });
      expect(details).toMatchObject({ alone: false, reason: "Cannot run model: the fake has lost its engine" });
    }
    expectTokens(await run(runner, [1]), [1]);
    expect(runner.status().problem).toBe("Cannot run model: the fake has lost its engine");
  });
});

describe("a runner above its memory ceiling", () => {
  test("is replaced without a failed request", async () => {
    const runner = await startLoaded({ memoryCeilingBytes: 1, timing: { heartbeatMs: 20, recyclePauseMs: 200 } });
    const pids = new Set<number>();
    for (let i = 0; i < 300 && pids.size < 3; i++) {
      pids.add(pidOf(runner));
      const texts = [[1, i % 100], [SLOW_ID, i % 100], [2], [3]];
      const results = await Promise.all(texts.map((ids) => run(runner, ids)));
      results.forEach((result, k) => expectTokens(result, texts[k]!));
    }
    expect(pids.size).toBe(3);
    expect(runner.status().problem).toBeUndefined();
  });

  test("recycle() replaces it whatever it takes, and not again soon", async () => {
    const runner = await startLoaded({});
    const pid = pidOf(runner);
    const running = run(runner, [SLOW_ID, 1]);
    expect(await runner.recycle()).toBe(true);
    expectTokens(await running, [SLOW_ID, 1]);
    expect([pidOf(runner) === pid, runner.status().state]).toEqual([false, "ready"]);
    expectTokens(await run(runner, [2]), [2]);
    expect(await runner.recycle()).toBe(false);
  });
});

describe("a runner that cannot start", () => {
  const failStart = async (environment: Record<string, string>, options: Partial<RunnerOptions> = {}): Promise<string> => {
    const runner = start({ environment, ...options });
    const error = (await rejection(runner.load(folder.model("tokens")))) as TermiteError;
    expect(error.code).toBe("target_unavailable");
    expect(runner.status().state).toBe("failed");
    return error.message;
  };

  test("says with which exit code", async () => {
    expect(await failStart({ TEST_START: "exit" })).toBe(
      'Cannot start "onnx:cpu": its process ended with exit code 3',
    );
  });
  test("says the engine's error", async () => {
    expect(await failStart({ TEST_START: "refuse" })).toBe('Cannot start "onnx:cpu": Cannot open library: it is fake');
  });
  test("says that there is another build", async () => {
    expect(await failStart({ TEST_BUILD: "other" })).toBe(
      'Cannot start "onnx:cpu": Cannot understand the runner: it is build "other", this is build "test"',
    );
  });
  test("says what it could not understand", async () => {
    expect(await failStart({ TEST_START: "garbage" })).toBe(
      'Cannot start "onnx:cpu": Cannot understand the runner: "engine": Invalid type: Expected Object but received 7',
    );
  });
  test("says that it was not ready in time", async () => {
    expect(await failStart({ TEST_START: "hang" }, { timing: { startDeadlineMs: 100 } })).toBe(
      'Cannot start "onnx:cpu": it was not ready after 100 ms',
    );
  });
  test("says that there is no such program", async () => {
    expect(await failStart({}, { command: ["/nowhere/termite"] })).toBe(
      'Cannot start "onnx:cpu": its program cannot be run: ENOENT',
    );
  });
  test("is not tried again when its first start was to count", async () => {
    const { log, lines } = createTestLog();
    const runner = start({ environment: { TEST_START: "refuse" }, firstStarts: 1, log });
    expect(await rejection(runner.load(folder.model("tokens")))).toMatchObject({ code: "target_unavailable" });
    await Bun.sleep(300);
    expect([runner.status().state, runner.status().restarts]).toEqual(["failed", 0]);
    expect(lines.filter(({ message }) => message === "runner did not start")).toHaveLength(1);
    await runner.close();
    expect(runner.status().state).toBe("closed");
  });

  test("says what was made of the failure", async () => {
    const explained = new TermiteError("missing_system_library", 'Cannot load the engine\'s library: "libx.so" is not installed');
    const explainFailure = (message: string): TermiteError | undefined =>
      message === "Cannot open library: it is fake" ? explained : undefined;
    const runner = start({ environment: { TEST_START: "refuse" }, explainFailure });
    expect(await rejection(runner.load(folder.model("tokens")))).toBe(explained);
    expect(runner.status()).toMatchObject({ state: "failed", problem: explained.message });
  });
  test("says that it dies again and again soon after it was ready", async () => {
    const runner = start({ environment: { TEST_START: "abort" } });
    await waitUntil(() => runner.status().state === "failed", "it failed");
    const error = (await rejection(runner.load(folder.model("tokens")))) as TermiteError;
    expect({ code: error.code, message: error.message }).toEqual({
      code: "target_unavailable", message: 'Cannot keep "onnx:cpu" running: its process ended with signal SIGABRT',
    });
  });
  test("does not give up on a process that somebody kills again and again once it is ready", async () => {
    const runner = await startLoaded();
    for (let kill = 0; kill < 7; kill++) {
      const pid = pidOf(runner);
      process.kill(pid, "SIGKILL");
      await waitUntil(() => runner.status().state === "ready" && pidOf(runner) !== pid, "the next one is ready");
    }
    expectTokens(await run(runner, [1]), [1]);
  }, 20_000);
  test("goes on trying and serves when it can", async () => {
    await Bun.write(folder.file("obstacle"), "");
    const runner = start({ environment: { TEST_START: `exit-while ${folder.file("obstacle")}` } });
    await waitUntil(() => runner.status().state === "failed", "it failed");
    await Bun.file(folder.file("obstacle")).delete();
    await waitUntil(() => runner.status().state === "ready", "it is ready");
    await runner.load(folder.model("tokens"));
    expectTokens(await run(runner, [1]), [1]);
  });
});

describe("close()", () => {
  test("waits for runs in flight, ends the process and refuses later calls", async () => {
    const runner = await startLoaded();
    const pid = pidOf(runner);
    const last = run(runner, [SLOW_ID, 5]);
    await Bun.sleep(10);
    await runner.close();
    expectTokens(await last, [SLOW_ID, 5]);
    expect(isAlive(pid)).toBe(false);
    expect(runner.status()).toMatchObject({ state: "closed", restarts: 0 });
    const error = (await rejection(run(runner, [1]))) as TermiteError;
    expect({ code: error.code, message: error.message }).toEqual({
      code: "draining", message: "Cannot run model: the runner is closed",
    });
    await runner.close();
  });

  test("kills a process that does not end in time", async () => {
    const runner = await startLoaded({ timing: { closeDeadlineMs: 50 } });
    const pid = pidOf(runner);
    const hanging = rejection(run(runner, [HANG_ID]));
    await Bun.sleep(10);
    await runner.close();
    expect(((await hanging) as TermiteError).code).toBe("runner_crashed");
    expect(isAlive(pid)).toBe(false);
  });

  test("settles a load that waits", async () => {
    const runner = await startLoaded();
    await Bun.write(folder.file("hanging"), HANGING_MODEL);
    const waiting = rejection(runner.load(folder.model("hanging")));
    await Bun.sleep(10);
    const closed = runner.close();
    expect(((await waiting) as TermiteError).code).toBe("draining");
    process.kill(pidOf(runner), "SIGKILL");
    await closed;
  });

  test("ends a process that has not started yet", async () => {
    const runner = start({ environment: { TEST_START: "hang" } });
    await Bun.sleep(20);
    const pid = pidOf(runner);
    await runner.close();
    expect(isAlive(pid)).toBe(false);
  });
});
