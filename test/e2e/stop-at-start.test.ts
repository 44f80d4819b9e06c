// Who is told to stop before a person's own library has answered stops at once, not when the library has had its time.
import { afterAll, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createHangingLibrary } from "../fixtures/hanging-library.ts";
import { writeEntry } from "../plugins/search/library-tree.ts";
import { createEnvironment, createFolder, EXECUTABLE, listChildren } from "./termite.ts";

const folder = createFolder();
afterAll(() => folder.remove());

/** Started, with a probe that hangs in the library. */
async function startHanging(name: string, args: readonly string[]) {
  const home = join(folder.path, name);
  mkdirSync(home, { mode: 0o700 });
  writeEntry(join(home, ".termite/plugins/onnx/cpu/lib/libonnxruntime.so"), createHangingLibrary());
  const env = createEnvironment(home, { TERMITE_LOG_STYLE: "logfmt" });
  const child = Bun.spawn([EXECUTABLE, ...args], { cwd: home, env, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const findProbe = () => listChildren(child.pid).find(isLoading);
  while (findProbe() === undefined && child.exitCode === null) await Bun.sleep(10);
  return { child, probe: findProbe() };
}

/** False when the process has ended. */
function isLoading(pid: number): boolean {
  return Bun.spawnSync(["cat", `/proc/${pid}/maps`]).stdout.includes("libonnxruntime.so");
}

async function end(child: Bun.Subprocess<"ignore", "pipe", "pipe">, signal: NodeJS.Signals) {
  child.kill(signal);
  const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { stdout, stderr, exitCode };
}

test.each(["SIGTERM", "SIGINT"] as const)("serve ends with 0 at %s while a library hangs at load, and leaves no child", async (signal) => {
  const { child, probe } = await startHanging(`serve-${signal}`, ["serve", "--api-url", "http://127.0.0.1:0"]);
  const { stderr, exitCode } = await end(child, signal);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringMatching(/^\S+ level=info msg=stopped\n$/) as string });
  // Killed, and gone as soon as the kernel gets to it.
  while (probe !== undefined && isLoading(probe)) await Bun.sleep(10);
}, 60_000);

test("embed ends with 130 at SIGTERM while a library hangs at load", async () => {
  const { child } = await startHanging("embed", ["embed", "hello"]);
  expect(await end(child, "SIGTERM")).toEqual({ exitCode: 130, stdout: "", stderr: "error: Cannot finish: interrupted\n" });
}, 60_000);
