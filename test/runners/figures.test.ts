// What a runner process over the fake backend tells of itself: figures when it is asked, warnings when it has any.
import { describe, expect, test } from "bun:test";
import type { Runner } from "../../src/runners/runner.ts";
import type { RunnerOptions } from "../../src/runners/supervisor.ts";
import { FAKE_MEMORY, FAKE_STATS } from "../fixtures/fake-backend.ts";
import { createTestLog } from "../fixtures/test-runner.ts";
import { useRunners } from "./started-runners.ts";

const { folder, start } = useRunners();
const startLoaded = async (overrides: Partial<RunnerOptions> = {}): Promise<Runner> => {
  const runner = start(overrides);
  await runner.load(folder.model("tokens"));
  return runner;
};
const pidOf = (runner: Runner): number => runner.status().pid ?? 0;

describe("createRunner()", () => {
  test("logs what the child warns of", async () => {
    const { log, lines } = createTestLog();
    const runner = await startLoaded({ log, environment: { TEST_START: "warn" } });
    const fields = { target: "onnx:cpu", pid: pidOf(runner), reason: "the disk is fake" };
    expect(lines.filter(({ level }) => level === "warn")).toEqual([{ level: "warn", message: "nothing is kept", fields }]);
  });

  test("refresh() gets the figures of the process, its engine and its models", async () => {
    const runner = await startLoaded();
    expect(runner.status().stats).toBeUndefined();
    await Promise.all([runner.refresh(), runner.refresh()]);
    expect(runner.status().stats).toEqual({ rssBytes: expect.any(Number), memory: FAKE_MEMORY, models: { tokens: FAKE_STATS } });
    expect(runner.status().stats?.rssBytes).toBeGreaterThan(1_000_000);
    await runner.unload("tokens");
    await runner.refresh();
    expect(runner.status().stats?.models).toEqual({});
  });

  test("refresh() resolves soon when the process does not answer, is starting or closed", async () => {
    const starting = start({ environment: { TEST_START: "hang" } });
    await starting.refresh();
    expect(starting.status().stats).toBeUndefined();
    const runner = await startLoaded({ timing: { refreshMs: 20 } });
    process.kill(pidOf(runner), "SIGSTOP");
    await runner.refresh();
    expect(runner.status().stats).toBeUndefined();
    process.kill(pidOf(runner), "SIGCONT");
    await runner.close();
    await runner.refresh();
  });
});
