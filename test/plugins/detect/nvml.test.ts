import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TermiteError } from "../../../src/errors.ts";
import { findAnswer, formatAnswer } from "../../../src/plugins/child-process.ts";
import type { ChildOutcome, RunChildOptions } from "../../../src/plugins/child-process.ts";
import { findSystemLibrary } from "../../../src/plugins/detect/library-folders.ts";
import { parseNvmlAnswer } from "../../../src/plugins/detect/nvml-answer.ts";
import { readNvml } from "../../../src/plugins/detect/nvml.ts";
import { createSystem } from "../../../src/plugins/detect/system.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "termite-nvml-"));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

const LINUX = { os: "linux", arch: "x64" };
const ONE = { driverVersion: "580.65.06", cudaDriverVersion: "13.0", devices: [{ name: "NVIDIA L4", computeCapability: "8.9" }] };

const own = createSystem({ environment: { PATH: "/bin", BUN_OPTIONS: "--preload x" }, platform: LINUX });
const ENDED: ChildOutcome = { exitCode: 0, signal: null, isTimeout: false, stdout: "", stderrTail: "", ms: 5 };

const read = (outcome: Partial<ChildOutcome>, system = own) =>
  readNvml(system, { runChild: () => Promise.resolve({ ...ENDED, ...outcome }), timeoutMs: 2500 });

describe("readNvml()", () => {
  test("asks a child with a clean environment and a deadline", async () => {
    const calls: [readonly string[], RunChildOptions][] = [];
    const runChild = (args: readonly string[], options: RunChildOptions) => {
      calls.push([args, options]);
      return Promise.resolve({ ...ENDED, stdout: `noise\n${formatAnswer(ONE)}` });
    };
    expect(await readNvml(own, { runChild, timeoutMs: 2500 })).toEqual(ONE);
    expect(calls).toEqual([
      [["nvml"], { environment: { PATH: "/bin", BUN_ENABLE_CRASH_REPORTING: "0" }, timeoutMs: 2500 }],
    ]);
  });

  test.each([
    [{ isTimeout: true, exitCode: null, signal: "SIGKILL" }, "no answer within 2.5 s"],
    [{ exitCode: null, signal: "SIGSEGV" }, "the process that asked it ended with SIGSEGV"],
    [{ exitCode: 1 }, "the process that asked it ended with exit code 1"],
    [{ exitCode: null, stderrTail: "posix_spawn: EAGAIN" }, "the process that asks it cannot be started: posix_spawn: EAGAIN"],
    // Killed, and held by the driver even so.
    [{ exitCode: null, isTimeout: true }, "no answer within 2.5 s"],
    [{ stdout: formatAnswer({ error: "Unknown Error" }) }, "Unknown Error"],
    [
      { stdout: formatAnswer({ devices: 3, driverVersion: "1.0" }) },
      "an answer that makes no sense (devices: Invalid type: Expected Array but received 3)",
    ],
  ])("answers an error when the child ends as %p", async (outcome, error) => {
    expect(await read(outcome)).toEqual({ error });
  });

  test.each([
    ["is killed because it hangs", { isTimeout: true, exitCode: null, signal: "SIGKILL" }],
    ["dies", { exitCode: null, signal: "SIGSEGV" }],
  ])("counts the answer of a child that then %s", async (_, outcome) => {
    expect(await read({ ...outcome, stdout: formatAnswer(ONE) })).toEqual(ONE);
  });

  test("does not ask when the root is replaced", async () => {
    const system = createSystem({ environment: {}, platform: LINUX, root: FOLDER });
    const runChild = () => Promise.reject(new Error("Cannot ask NVML: the root is replaced"));
    expect(await readNvml(system, { runChild, timeoutMs: 1 })).toBeUndefined();
  });
});

describe("readNvml() with TERMITE_FAKE_NVML", () => {
  const fake = (content: string | undefined) => {
    const path = join(FOLDER, `${Math.random()}.json`);
    if (content !== undefined) writeFileSync(path, content);
    const system = createSystem({ environment: { TERMITE_FAKE_NVML: path }, platform: LINUX });
    const runChild = () => Promise.reject(new Error("Cannot ask NVML: it is replaced"));
    return { path, answer: () => readNvml(system, { runChild, timeoutMs: 1 }) };
  };

  test.each([[ONE], [{ error: "Driver/library version mismatch" }], [{ driverVersion: "580.65.06", devices: [] }]])(
    "answers with the file's content %p",
    async (content) => {
      expect(await fake(JSON.stringify(content)).answer()).toEqual(content as never);
    },
  );

  test.each([
    [undefined, "is not there"],
    ["{", "cannot be read (JSON Parse error: Expected '}')"],
    ["[]", 'holds driverVersion: Invalid key: Expected "driverVersion" but received undefined; devices: Invalid key: Expected "devices" but received undefined'],
    ['{"driverVersion": 580, "devices": []}', "holds driverVersion: Invalid type: Expected string but received 580"],
    ['{"driverVersion": "new", "devices": []}', 'holds driverVersion: Invalid version: Expected digits and dots such as "580.65.06"'],
    [
      '{"driverVersion": "580", "devices": [{"name": "L4"}]}',
      'holds devices.0.computeCapability: Invalid key: Expected "computeCapability" but received undefined',
    ],
    ['{"driverVersion": "580", "devices": [], "failures": [""]}', "holds failures.0: Invalid length: Expected !0 but received 0"],
    ['{"error": ""}', "holds error: Invalid length: Expected !0 but received 0"],
  ])("throws when the file's content is %p", async (content, found) => {
    const { path, answer } = fake(content);
    const error = await answer().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TermiteError);
    expect((error as TermiteError).code).toBe("invalid_config");
    expect((error as TermiteError).message).toBe(`Cannot use TERMITE_FAKE_NVML: "${path}" ${found}`);
    expect((error as TermiteError).hint).toBe(
      'Unset TERMITE_FAKE_NVML, or write {"driverVersion": "580.65.06", "devices": []} or {"error": "…"} into the file',
    );
  });
});

test("readNvml() reads no TERMITE_FAKE_NVML of more than a megabyte", async () => {
  const path = join(FOLDER, "large.json");
  writeFileSync(path, " ".repeat(2 ** 20 + 1));
  const system = createSystem({ environment: { TERMITE_FAKE_NVML: path }, platform: LINUX });
  const error = await read({}, system).catch((thrown: unknown) => thrown);
  expect((error as TermiteError).message).toBe(`Cannot use TERMITE_FAKE_NVML: "${path}" has 1048577 bytes, the limit is 1048576`);
});

test.each([
  ["a pipe, which would never end", (path: string) => void Bun.spawnSync(["mkfifo", path])],
  ["a device", undefined],
  ["a folder", (path: string) => mkdirSync(path)],
])("readNvml() reads no TERMITE_FAKE_NVML that is %s", async (_, create) => {
  const path = create === undefined ? "/dev/zero" : join(FOLDER, `${Math.random()}`);
  create?.(path);
  const system = createSystem({ environment: { TERMITE_FAKE_NVML: path }, platform: LINUX });
  const error = await read({}, system).catch((thrown: unknown) => thrown);
  expect((error as TermiteError).message).toBe(`Cannot use TERMITE_FAKE_NVML: "${path}" is not a regular file`);
});

describe("runNvml()", () => {
  test("answers what this machine's NVML says, or that there is none, whatever lies in the working folder", async () => {
    writeFileSync(join(FOLDER, "libnvidia-ml.so.1"), "planted");
    const path = join(import.meta.dir, "../../../src/plugins/detect/nvml-child.ts");
    const script = `process.exit((await import(${JSON.stringify(path)})).runNvml())`;
    const child = Bun.spawn([process.execPath, "--eval", script], { cwd: FOLDER, stdout: "pipe", stderr: "inherit" });
    const answer = findAnswer(await child.stdout.text());
    expect(await child.exited).toBe(0);
    const isThere = findSystemLibrary(own, "libnvidia-ml.so.1") !== undefined;
    if (isThere) expect(parseNvmlAnswer(answer)).toHaveProperty("answer");
    else expect(answer).toEqual({ error: "libnvidia-ml.so.1 is not there", isMissing: true });
  });
});
