// The probe from end to end: real libraries in a real child of this program, run from source; and what the parent makes of
// children that hang, die, or say something else.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { findErrorCode } from "../../../src/errors.ts";
import type { ChildOutcome, RunChild } from "../../../src/plugins/child-process.ts";
import { formatAnswer } from "../../../src/plugins/child-process.ts";
import { probeEngine } from "../../../src/plugins/probe/probe-engine.ts";
import type { ProbeOutcome, ProbeReport, ProbeRequest } from "../../../src/plugins/probe/probe-report.ts";
import { createRunChild } from "../../../src/plugins/run-child.ts";
import { LIBRARY_PATH } from "../../fixtures/onnxruntime.ts";
import { ADDON_PATH } from "../../tokenizers/tokenizer-file.ts";

const environment = { PATH: process.env["PATH"] ?? "" };
const root = resolve(import.meta.dir, "../../..");
const main = join(root, "src/main.ts");
const runChild = createRunChild([process.execPath, main, "__probe"]);
const onnxCpu = { engine: "onnx", device: "cpu", libraryPath: LIBRARY_PATH } as const;
const probe = (request: ProbeRequest): Promise<ProbeOutcome> => probeEngine(request, { runChild, environment });
/** A probe whose child is this shell script. */
const probeShell = (script: string, timeoutMs = 20_000): Promise<ProbeOutcome> =>
  probeEngine(onnxCpu, { runChild: createRunChild(["/bin/sh", "-c", script]), environment, timeoutMs });
const failureOf = (outcome: ProbeOutcome): string => (outcome.ok ? "none" : `${outcome.stage}: ${outcome.reason}`);

/** Opening it for reading waits for a writer, which never comes: a library that hangs while it is loaded. */
function createPipe(name: string): string {
  const path = join(folder, name);
  expect(Bun.spawnSync(["mkfifo", path]).exitCode).toBe(0);
  return path;
}
/** Empty when the process has ended. */
function readProcess(pid: number, file: "cmdline" | "maps"): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch (error) {
    if (findErrorCode(error) === undefined) throw error;
    return "";
  }
}
const findProcesses = (argument: string): number[] =>
  readdirSync("/proc").map(Number).filter((pid) => pid > 0 && readProcess(pid, "cmdline").includes(argument));

async function waitUntil(isDone: () => boolean): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!isDone()) {
    if (Date.now() > deadline) throw new Error("waited 15 s");
    await Bun.sleep(20);
  }
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "termite-probe-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("probeEngine() of ONNX Runtime", () => {
  test("reports version, provider, a right product and the libraries when the library is good", async () => {
    const outcome = await probe(onnxCpu);
    if (!outcome.ok) throw new Error(failureOf(outcome));
    const { mapped, compileMs = -1, runMs = -1, ...report } = outcome.report;
    const platform = "CPUExecutionProvider";
    expect(report).toEqual({ stage: "product", version: "1.30.0", platform, devices: [platform], worstError: 0 });
    expect([mapped.includes(LIBRARY_PATH), mapped.some((path) => basename(path).startsWith("libstdc++.so.6"))]).toEqual([true, true]);
    expect(mapped.some((path) => basename(path).startsWith("libc.so"))).toBe(false);
    expect([compileMs > 0, runMs > 0, outcome.ms > compileMs + runMs]).toEqual([true, true, true]);
  });

  test("opens what is to be preloaded first", async () => {
    const first = join(folder, "libfirst.so");
    await cp(LIBRARY_PATH, first);
    const outcome = await probe({ ...onnxCpu, preload: [first] });
    expect(failureOf(outcome)).toBe("none");
    expect(outcome.report?.mapped).toContain(first);
  });

  test("leaves it to the engine what a library that cannot be preloaded means", async () => {
    const outcome = await probe({ ...onnxCpu, preload: [join(folder, "libcudart.so.13")] });
    expect(failureOf(outcome)).toBe("none");
  });

  test("says why the CUDA provider cannot be had when a CPU library is asked for it", async () => {
    const outcome = await probe({ ...onnxCpu, device: "cuda" });
    expect(failureOf(outcome)).toBe(
      "devices: found no working CUDA execution provider: Failed to load shared library: "
        + "libonnxruntime_providers_shared.so: cannot open shared object file: No such file or directory",
    );
    expect([outcome.report?.stage, outcome.report?.version]).toEqual(["client", "1.30.0"]);
  });

  test("says which providers there are when the library was built without the one asked for", async () => {
    expect(failureOf(await probe({ ...onnxCpu, device: "tpu" }))).toBe(
      'devices: found no "TPUExecutionProvider" in it, only "TensorrtExecutionProvider", "CUDAExecutionProvider", '
        + '"WebGpuExecutionProvider", "CPUExecutionProvider"',
    );
  });

  test("fails to load a file that is no library", async () => {
    expect(failureOf(await probe({ ...onnxCpu, libraryPath: import.meta.path }))).toBe("load: invalid ELF header");
  });

  test("fails to load a file that is not there", async () => {
    expect(failureOf(await probe({ ...onnxCpu, libraryPath: join(folder, "absent.so") }))).toBe(
      "load: cannot open shared object file: No such file or directory",
    );
  });

  test("fails to load a library that is no ONNX Runtime", async () => {
    expect(failureOf(await probe({ ...onnxCpu, libraryPath: ADDON_PATH }))).toBe(
      `load: Symbol "OrtGetApiBase" not found in "${basename(ADDON_PATH)}"`,
    );
  });

  test("says how the child ended when half of the library is missing", async () => {
    const half = join(folder, "libonnxruntime.so.1");
    await Bun.write(half, await Bun.file(LIBRARY_PATH).slice(0, 1_000_000).bytes());
    expect(failureOf(await probe({ ...onnxCpu, libraryPath: half }))).toBe("load: it ended with SIGBUS while loading");
  });

  test("ends a child that native code holds", async () => {
    const pipe = createPipe("hang.so");
    const outcome = await probeEngine({ ...onnxCpu, libraryPath: pipe }, { runChild, environment, timeoutMs: 1000 });
    expect(failureOf(outcome)).toBe("load: it did not answer within 1 s while loading");
    expect(findProcesses(pipe)).toEqual([]);
  });

  test("leaves no child when its parent dies, native code or not", async () => {
    const pipe = createPipe("orphan.so");
    const request = JSON.stringify({ ...onnxCpu, libraryPath: pipe, preload: [LIBRARY_PATH] });
    const parentCode = `
      const { createRunChild } = await import(${JSON.stringify(resolve(root, "src/plugins/run-child.ts"))});
      const run = createRunChild(${JSON.stringify([process.execPath, main, "__probe"])});
      await run(["engine", ${JSON.stringify(request)}], { environment: {}, timeoutMs: 60_000 });`;
    const parent = Bun.spawn([process.execPath, "-e", parentCode], { env: environment });
    const childIds = (): number[] => findProcesses(pipe).filter((pid) => pid !== parent.pid);
    const isInside = (pid: number): boolean => readProcess(pid, "maps").includes(LIBRARY_PATH);
    await waitUntil(() => childIds().length === 1 && childIds().every(isInside));
    parent.kill("SIGKILL");
    await waitUntil(() => findProcesses(pipe).length === 0);
  });

  test("rejects with the reason when the signal aborts", async () => {
    const reason = new Error("the user left");
    const aborted = probeEngine(onnxCpu, { runChild, environment, signal: AbortSignal.abort(reason) });
    expect(await aborted.catch((error: unknown) => error)).toBe(reason);
  });
});

describe("probeEngine() of a child that does not do its work", () => {
  const report: ProbeReport = { stage: "client", version: "1.30.0", devices: [], mapped: [] };
  const say = (value: unknown): string => `printf '%s' '${formatAnswer(value)}'`;

  test.each([
    ["hangs at once", "exec sleep 60", "load: it did not answer within 0.5 s while loading"],
    ["hangs later", `${say({ report })}; exec sleep 60`, "devices: it did not answer within 0.5 s while listing devices"],
  ])("says what it was doing when it %s", async (_, script, failure) => {
    expect(failureOf(await probeShell(script, 500))).toBe(failure);
  });

  test.each([
    ["dies", "kill -SEGV $$", "load: it ended with SIGSEGV while loading"],
    [
      "dies with words",
      `echo "first" >&2; echo "/srv/x/lib.cc:12: free(): invalid pointer" >&2; ${say({ report: { ...report, stage: "devices" } })}; kill -ABRT $$`,
      "product: it ended with SIGABRT while multiplying matrices: lib.cc:12: free(): invalid pointer",
    ],
    ["is killed from outside", `${say({ report })}; kill -9 $$`, "devices: it ended with SIGKILL while listing devices"],
    ["ends without an answer", "exit 0", "load: it ended with exit code 0 while loading"],
    ["does not know the request", "echo garbage; exit 2", "load: it ended with exit code 2 while loading"],
    ["prints something else", "printf 'termite-answer {\"report\":7}\\n'; exit 1", "load: it ended with exit code 1 while loading"],
    ["is cut in an answer", `${say({ report })}; printf 'termite-answer {"rep'; exit 1`, "devices: it ended with exit code 1 while listing devices"],
    ["answers between other output", `printf 'noise'; ${say({ report })}; printf 'more noise'; exit 1`, "devices: it ended with exit code 1 while listing devices"],
  ])("says how it ended when it %s", async (_, script, failure) => {
    expect(failureOf(await probeShell(script))).toBe(failure);
  });

  test("says why when it cannot be started", async () => {
    const outcome = await probeEngine(onnxCpu, { runChild: createRunChild(["/nowhere/termite"]), environment });
    expect(failureOf(outcome)).toMatch(/^load: the process that tries it cannot be started: .*"?termite"?/);
  });

  test("counts an engine as proved when its process dies of ending", async () => {
    const whole = { ...report, stage: "product", worstError: 0 };
    expect((await probeShell(`${say({ report: whole })}; kill -SEGV $$`)).ok).toBe(true);
  });
});

describe("probeEngine() starts a child", () => {
  const outcome: ChildOutcome = { exitCode: 1, signal: null, isTimeout: false, stdout: "", stderrTail: "", ms: 1 };
  const started: { args: readonly string[]; environment: Readonly<Record<string, string>>; timeoutMs: number }[] = [];
  const record: RunChild = async (args, options) => {
    started.push({ args, environment: options.environment, timeoutMs: options.timeoutMs });
    return outcome;
  };

  test.each([
    ["onnx", "cpu", { ORT_DISABLE_TELEMETRY: "1" }, 60_000],
    ["onnx", "cuda", { ORT_DISABLE_TELEMETRY: "1" }, 180_000],
    ["xla", "cpu", { TF_CPP_MIN_LOG_LEVEL: "3" }, 60_000],
    ["xla", "tpu", { TF_CPP_MIN_LOG_LEVEL: "3" }, 180_000],
  ] as const)("with what %s:%s needs and without what must not go down", async (engine, device, extra, timeoutMs) => {
    const request = { engine, device, libraryPath: "/x/lib.so" };
    const own = { LD_LIBRARY_PATH: "/opt", BUN_OPTIONS: "--preload x", NODE_OPTIONS: "--require x" };
    await probeEngine(request, { runChild: record, environment: own });
    const last = started.at(-1);
    expect(last?.args).toEqual(["engine", JSON.stringify(request)]);
    expect(last?.environment).toEqual({ LD_LIBRARY_PATH: "/opt", BUN_ENABLE_CRASH_REPORTING: "0", ...extra });
    expect(last?.timeoutMs).toBe(timeoutMs);
  });
});
