// Real children: what is kept of their output, how they are ended, and that none outlives its parent.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRunChild } from "../../src/plugins/run-child.ts";

const environment = { PATH: process.env["PATH"] ?? "" };
const runShell = createRunChild(["/bin/sh", "-c"]);
const options = { environment, timeoutMs: 20_000 };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "termite-child-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function waitUntil(isDone: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!isDone()) {
    if (Date.now() > deadline) throw new Error("waited 10 s");
    await Bun.sleep(10);
  }
}

describe("createRunChild()", () => {
  test("gives exit code, output and time", async () => {
    const { ms, ...rest } = await runShell(["echo out; echo err >&2; exit 3"], options);
    expect(rest).toEqual({ exitCode: 3, signal: null, isTimeout: false, stdout: "out\n", stderrTail: "err\n" });
    expect(ms).toBeGreaterThan(0);
  });

  test("gives the signal when one ended it", async () => {
    const { exitCode, signal, isTimeout } = await runShell(["kill -SEGV $$"], options);
    expect([exitCode, signal, isTimeout]).toEqual([null, "SIGSEGV", false]);
  });

  test("gives a child nothing but its own environment", async () => {
    const { stdout } = await createRunChild(["/usr/bin/env"])([], { environment: { ONLY: "this" }, timeoutMs: 20_000 });
    expect(stdout).toBe("ONLY=this\n");
  });

  test("keeps the last megabyte of stdout and the last 8 KB of stderr", async () => {
    const script = "head -c 3000000 /dev/zero | tr '\\0' a; echo end; head -c 100000 /dev/zero | tr '\\0' b >&2; echo end >&2";
    const { stdout, stderrTail } = await runShell([script], options);
    expect([stdout.length, stdout.slice(-5)]).toEqual([1024 * 1024, "aend\n"]);
    expect([stderrTail.length, stderrTail.slice(-5)]).toEqual([8192, "bend\n"]);
  });

  test("kills a child that does not end, and keeps what it said", async () => {
    const { exitCode, signal, isTimeout, stdout } = await runShell(["echo began; exec sleep 60"], { environment, timeoutMs: 300 });
    expect([exitCode, signal, isTimeout, stdout]).toEqual([null, "SIGKILL", true, "began\n"]);
  });

  test("does not wait for those that hold a dead child's pipes", async () => {
    const { exitCode, isTimeout, stdout, ms } = await runShell(["sleep 30 & echo $!"], options);
    process.kill(Number(stdout), "SIGKILL");
    expect([exitCode, isTimeout, ms < 15_000]).toEqual([0, false, true]);
  });

  test("does not call a child late that ended in time while others hold its pipes", async () => {
    const { exitCode, signal, isTimeout, stdout } = await runShell(["sleep 30 & echo $!"], { environment, timeoutMs: 600 });
    process.kill(Number(stdout), "SIGKILL");
    expect([exitCode, signal, isTimeout]).toEqual([0, null, false]);
  });

  test("kills the child and rejects with the reason when the signal aborts", async () => {
    const controller = new AbortController();
    const reason = new Error("the user left");
    const pidFile = join(folder, "pid");
    const ended = runShell([`echo $$ > "${pidFile}"; exec sleep 60`], { ...options, signal: controller.signal });
    await waitUntil(() => existsSync(pidFile) && readFileSync(pidFile, "utf8").endsWith("\n"));
    controller.abort(reason);
    expect(await ended.catch((error: unknown) => error)).toBe(reason);
    const pid = Number(readFileSync(pidFile, "utf8"));
    expect(() => process.kill(pid, 0)).toThrow();
  });

  test("starts nothing when the signal has aborted already", async () => {
    const reason = new Error("the user left");
    const file = join(folder, "started");
    const ended = runShell([`: > "${file}"`], { ...options, signal: AbortSignal.abort(reason) });
    expect(await ended.catch((error: unknown) => error)).toBe(reason);
    expect(existsSync(file)).toBe(false);
  });

  test("says why when the program cannot be started", async () => {
    const outcome = await createRunChild(["/nowhere/termite"])([], options);
    expect([outcome.exitCode, outcome.signal, outcome.isTimeout]).toEqual([null, null, false]);
    expect(outcome.stderrTail).toContain("/nowhere/termite");
  });
});
