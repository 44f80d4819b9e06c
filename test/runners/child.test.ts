// `termite __runner` as a process: what it says first, what it refuses, and that it ends with its parent.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { isAlive, waitUntil } from "../fixtures/test-runner.ts";

const FIXTURES = join(import.meta.dir, "..", "fixtures");
const HELLO = { type: "hello", build: "test", parentPid: process.pid, libraryPath: "/nowhere/libfake.so", preload: [], cores: 1, cacheFolder: "/nowhere", xlaFlags: "" };

/** Sends the messages, then waits for `answers` answers; `disconnect` lets go after them. */
async function talk(
  messages: unknown[],
  { answers = 1, argv = ["onnx:cpu"] } = {},
): Promise<{ said: unknown[]; exitCode: number }> {
  const said: unknown[] = [];
  const child = Bun.spawn([process.execPath, join(FIXTURES, "fake-runner.ts"), ...argv], {
    stdio: ["ignore", "ignore", "inherit"],
    serialization: "advanced",
    ipc: (message: unknown) => void said.push(message),
  });
  for (const message of messages) child.send(message);
  if (answers > 0) await waitUntil(() => said.length >= answers, "it answered");
  if (!said.some((message) => (message as { type: string }).type === "fault") && answers > 0) child.disconnect();
  return { said, exitCode: await child.exited };
}

const fault = (message: string, hint?: string): unknown => ({
  type: "fault", build: "test", error: { code: "internal", message, ...(hint === undefined ? {} : { hint }) },
});

test("runRunner() is ready after hello and ends with 0 when the parent disconnects", async () => {
  const engine = { library: "fake", version: "1.0.0", device: "memory" };
  expect(await talk([HELLO])).toEqual({ said: [{ type: "ready", build: "test", engine, runsAtOnce: 2 }], exitCode: 0 });
});

test("runRunner() refuses a parent of another build", async () => {
  const message = 'Cannot understand the server: it is build "older", this is build "test"';
  const hint = "Restart termite: its file was replaced while it ran";
  expect(await talk([{ ...HELLO, build: "older" }])).toEqual({ said: [fault(message, hint)], exitCode: 1 });
});

test("runRunner() says what it does not understand and ends", async () => {
  const cases: [unknown[], string][] = [
    [[{ type: "stats", id: 1 }], 'Cannot understand the server: "stats" before the runner is ready'],
    [[{ ...HELLO, cores: 0 }], 'Cannot understand the server: "cores": Invalid value: Expected >=1 but received 0'],
    [["hello"], 'Cannot understand the server: "message": Invalid type: Expected Object but received "hello"'],
  ];
  for (const [messages, message] of cases) expect(await talk(messages)).toEqual({ said: [fault(message)], exitCode: 1 });
});

test("runRunner() ends when its parent is not who said hello", async () => {
  expect(await talk([{ ...HELLO, parentPid: 1 }], { answers: 0 })).toEqual({ said: [], exitCode: 0 });
});

test("runRunner() answers 2 to a wrong command line", async () => {
  expect(await talk([], { argv: ["onnx:abacus"], answers: 0 })).toEqual({ said: [], exitCode: 2 });
  const command = [process.execPath, join(FIXTURES, "fake-runner.ts"), "onnx:cpu"];
  const byHand = Bun.spawn(command, { stdio: ["ignore", "ignore", "inherit"] });
  expect(await byHand.exited).toBe(2);
});

test("runRunner() dies with its parent even while its thread is held", async () => {
  const parent = Bun.spawn([process.execPath, join(FIXTURES, "runner-parent.ts")], { stdio: ["ignore", "pipe", "inherit"] });
  const { value } = await parent.stdout.getReader().read();
  const pid = Number(new TextDecoder().decode(value));
  expect(isAlive(pid)).toBe(true);
  parent.kill("SIGKILL");
  await parent.exited;
  await waitUntil(() => !isAlive(pid), "the runner is gone");
});
