import { expect, test } from "bun:test";
import { resolveOnnxLibrary } from "../../src/cli/onnx-library.ts";
import type { Log, LogFields } from "../../src/log.ts";
import { formatAnswer } from "../../src/plugins/child-process.ts";
import type { RunChild, RunChildOptions } from "../../src/plugins/child-process.ts";
import type { FoundLibrary } from "../../src/plugins/search/search-result.ts";
import { createRunChild } from "../../src/plugins/run-child.ts";
import { LIBRARY_PATH } from "../fixtures/onnxruntime.ts";

const PLACED: FoundLibrary = { origin: "placed", libraryPath: LIBRARY_PATH, path: "/plugins/onnx/linux-amd64/lib" };
const probe = createRunChild([process.execPath, "src/main.ts", "__probe"]);

function createLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const write = (level: string) => (message: string, fields?: LogFields) => {
    lines.push(`${level}: ${message} ${JSON.stringify(fields)}`);
  };
  return { log: { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") }, lines };
}

async function resolve(found: FoundLibrary | undefined, runChild: RunChild, signal = new AbortController().signal) {
  const { log, lines } = createLog();
  const search = { target: "onnx:cpu" as const, places: [], ...(found === undefined ? {} : { found }) };
  const bundledPath = async () => "/bundled";
  const environment = { PATH: "/usr/bin" };
  return { library: await resolveOnnxLibrary({ search, bundledPath, runChild, environment, signal, log }), lines };
}

const refuseToRun: RunChild = async () => {
  throw new Error("a child was started");
};

test("resolveOnnxLibrary() takes the bundled library and starts nothing when the walk ends there", async () => {
  const { library, lines } = await resolve({ origin: "bundled" }, refuseToRun);
  expect(library).toEqual({ path: "/bundled", isBundled: true });
  expect(lines).toEqual([]);
});

test("resolveOnnxLibrary() takes a person's own library when it passes the probe", async () => {
  const { library, lines } = await resolve(PLACED, probe);
  expect(library).toEqual({ path: LIBRARY_PATH, isBundled: false });
  expect(lines).toEqual([expect.stringContaining('info: serving with a library of your own {"library":')]);
});

test("resolveOnnxLibrary() takes the bundled library and says why when a person's own fails the probe", async () => {
  const { library, lines } = await resolve({ ...PLACED, libraryPath: import.meta.path }, probe);
  expect(library).toEqual({ path: "/bundled", isBundled: true });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toStartWith("warn: serving with the bundled library: yours cannot be used");
  expect(lines[0]).toContain("invalid ELF header");
});

test("resolveOnnxLibrary() takes the bundled library when the probe's answer is no answer", async () => {
  const garbage: RunChild = async () => ({
    exitCode: 0, signal: null, isTimeout: false, stdout: formatAnswer({ what: 1 }), stderrTail: "", ms: 1,
  });
  expect((await resolve(PLACED, garbage)).library).toEqual({ path: "/bundled", isBundled: true });
});

test("resolveOnnxLibrary() gives a person's own library 10 seconds, and a clean environment", async () => {
  const calls: RunChildOptions[] = [];
  const hung: RunChild = async (_, options) => {
    calls.push(options);
    return { exitCode: null, signal: "SIGKILL", isTimeout: true, stdout: "", stderrTail: "", ms: 1 };
  };
  const { library, lines } = await resolve(PLACED, hung);
  expect(library).toEqual({ path: "/bundled", isBundled: true });
  expect(lines).toEqual([expect.stringContaining('"reason":"it did not answer within 10 s while loading"')]);
  expect(calls[0]?.environment).toEqual({ PATH: "/usr/bin", BUN_ENABLE_CRASH_REPORTING: "0", ORT_DISABLE_TELEMETRY: "1" });
});

test("resolveOnnxLibrary() rejects with the signal's reason when a library hangs and nobody waits any more", async () => {
  const controller = new AbortController();
  const reason = new Error("told to stop");
  const hang = createRunChild(["/bin/sh", "-c", "exec sleep 60"]);
  const resolved = resolve(PLACED, hang, controller.signal).catch((error: unknown) => error);
  controller.abort(reason);
  expect(await resolved).toBe(reason);
});
