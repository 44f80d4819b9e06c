import { describe, expect, test } from "bun:test";
import { runChild } from "./run-child.ts";

describe("createInterrupt()", () => {
  test.each(["SIGINT", "SIGTERM"])("aborts at %s with exit code 130 and leaves no handler when it is closed", async (name) => {
    const { stderr, exitCode } = await runChild(["interrupt", name]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stderr)).toEqual({ aborted: true, message: "Cannot finish: interrupted", exitCode: 130, left: 0 });
  });

  test.each([
    ["work that cleans up", true],
    ["hanging work", false],
  ] as const)("race() rejects with the reason, after the work has had a moment, when a signal comes: %s", async (kind, isClean) => {
    const { stderr, exitCode } = await runChild(["interruptedWork", kind]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stderr)).toEqual({ message: "Cannot finish: interrupted", isClean });
  });
});
