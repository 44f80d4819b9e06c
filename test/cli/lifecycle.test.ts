import { describe, expect, test } from "bun:test";
import { createLifecycle } from "../../src/cli/lifecycle.ts";
import type { Lifecycle } from "../../src/cli/lifecycle.ts";
import type { RunnerStatus } from "../../src/runners/runner.ts";

const target = { requested: "onnx:cuda", actual: "onnx:cpu", reason: "no engine" } as const;
const READY: RunnerStatus = { state: "ready", target, restarts: 0 };
const FAILED: RunnerStatus = { state: "failed", target, restarts: 5, problem: "the library cannot be loaded" };

type Step = (lifecycle: Lifecycle) => void;
const ready: Step = (lifecycle) => lifecycle.markReady();
const failed: Step = (lifecycle) => lifecycle.markFailed("the model is damaged");
const draining: Step = (lifecycle) => lifecycle.markDraining();

function readAfter(steps: readonly Step[], status: RunnerStatus = READY) {
  const lifecycle = createLifecycle(() => status);
  for (const step of steps) step(lifecycle);
  return lifecycle.readiness();
}

describe("createLifecycle()", () => {
  test.each<[string, Step[], object]>([
    ["nothing happened", [], { status: "loading", target }],
    ["it was marked ready", [ready], { status: "ready", target }],
    ["it was marked failed", [failed], { status: "failed", target, reason: "the model is damaged" }],
    ["it is ready after a failure", [failed, ready], { status: "ready", target }],
    ["it drains", [ready, draining], { status: "draining", target }],
    ["it drains after a failure", [failed, draining], { status: "draining", target }],
    ["it is marked ready while it drains", [draining, ready], { status: "draining", target }],
    ["it is marked failed while it drains", [draining, failed], { status: "draining", target }],
  ])("tells status and reason when %s", (_, steps, readiness) => {
    expect(readAfter(steps)).toEqual(readiness as never);
  });

  test.each([["loading", []], ["ready", [ready]], ["failed", [failed]]] as [string, Step[]][])(
    "is failed for the runner's problem when the runner failed while it was %s",
    (_, steps) => expect(readAfter(steps, FAILED)).toEqual({ status: "failed", target, reason: "the library cannot be loaded" }),
  );

  test("still drains when the runner failed", () => {
    expect(readAfter([draining], FAILED)).toEqual({ status: "draining", target });
  });

  test.each(["starting", "restarting", "closed"] as const)("stays ready when the runner is %s", (state) => {
    expect(readAfter([ready], { ...FAILED, state })).toEqual({ status: "ready", target });
  });

  test("follows the runner: ready again when the runner is", () => {
    let status = FAILED;
    const lifecycle = createLifecycle(() => status);
    lifecycle.markReady();
    expect(lifecycle.readiness().status).toBe("failed");
    status = READY;
    expect(lifecycle.readiness()).toEqual({ status: "ready", target });
  });
});
