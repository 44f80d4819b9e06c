// The hidden command itself: what it answers is tested with `probeEngine`, here what it refuses.
import { expect, test } from "bun:test";
import { resolve } from "node:path";
import { findAnswer } from "../../../src/plugins/child-process.ts";
import { createRunChild } from "../../../src/plugins/run-child.ts";
import { LIBRARY_PATH } from "../../fixtures/onnxruntime.ts";

const runChild = createRunChild([process.execPath, resolve(import.meta.dir, "../../../src/main.ts"), "__probe"]);
const request = (engine: string, device: string): string => JSON.stringify({ engine, device, libraryPath: LIBRARY_PATH });

test.each([
  ["no kind", []],
  ["an unknown kind", ["gpu"]],
  ["no request", ["engine"]],
  ["no JSON", ["engine", "{"]],
  ["an unknown engine", ["engine", request("torch", "cpu")]],
  ["an unknown device", ["engine", request("onnx", "npu")]],
])("runProbe() answers nothing and ends with 2 when there is %s", async (_, args) => {
  const { exitCode, stdout, stderrTail } = await runChild(args, { environment: {}, timeoutMs: 20_000 });
  expect([exitCode, stdout, stderrTail]).toEqual([2, "", ""]);
});

test("runProbe() asks the NVIDIA driver when the kind is nvml", async () => {
  const { exitCode, stdout } = await runChild(["nvml"], { environment: {}, timeoutMs: 20_000 });
  expect(exitCode).toBe(0);
  expect(findAnswer(stdout)).toBeObject();
});
