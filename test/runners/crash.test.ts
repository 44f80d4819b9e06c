import { expect, test } from "bun:test";
import { createCrash, isInnocent } from "../../src/runners/crash.ts";
import { TermiteError } from "../../src/errors.ts";

const reason = new TermiteError("runner_crashed", 'Cannot reach runner "onnx:cpu": no answer for 30000 ms');
const TABLE = [
  ["a lone call and a signal of its own", { signal: "SIGSEGV", alone: true }, false],
  ["a lone call and an exit", { signal: null, exitCode: 1, alone: true }, false],
  ["a lone call and a foreign SIGKILL", { signal: "SIGKILL", alone: true }, true],
  ["a lone call and our own SIGKILL", { signal: "SIGKILL", alone: true, reason }, false],
  ["other calls beside it", { signal: "SIGSEGV", alone: false, reason }, true],
  ["nothing known", undefined, true],
] as const;

for (const [how, death, innocent] of TABLE) {
  test(`isInnocent() is ${innocent} when there is ${how}`, () => expect(isInnocent(death)).toBe(innocent));
}

test("createCrash() says how the process ended and keeps why", () => {
  const error = createCrash({ signal: "SIGKILL", exitCode: null, alone: true, reason });
  expect(error.message).toBe("Cannot finish the run: the runner process ended with signal SIGKILL");
  expect(error.details).toEqual({ signal: "SIGKILL", exitCode: null, alone: true, reason: reason.message });
  expect(error.cause).toBe(reason);
  expect(isInnocent(error.details)).toBe(false);
});
