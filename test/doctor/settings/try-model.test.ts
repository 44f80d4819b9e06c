import { describe, expect, test } from "bun:test";
import { tryModel } from "../../../src/doctor/settings/try-model.ts";
import type { ModelTrial } from "../../../src/doctor/settings/try-model.ts";
import type { ChildOutcome, RunChildOptions } from "../../../src/plugins/child-process.ts";

const ENDED: ChildOutcome = { exitCode: 1, signal: null, isTimeout: false, stdout: "", stderrTail: "", ms: 412 };

describe("tryModel()", () => {
  test("asks for a vector with the flags that it was given and a clean environment", async () => {
    const calls: [readonly string[], RunChildOptions][] = [];
    const runChild = async (args: readonly string[], options: RunChildOptions) => {
      calls.push([args, options]);
      return { ...ENDED, exitCode: 0 };
    };
    const environment = { HOME: "/home/ann", BUN_OPTIONS: "--preload x" };
    expect(await tryModel("-x", { runChild, flags: ["--home=/srv"], environment })).toEqual({ ok: true, ms: 412 });
    expect(calls).toEqual([
      [
        ["--home=/srv", "--require-target=onnx:cpu", "--quiet", "--no-color", "--json", "--model=-x", "termite"],
        { environment: { HOME: "/home/ann", BUN_ENABLE_CRASH_REPORTING: "0" }, timeoutMs: 60_000 },
      ],
    ]);
  });

  const cases: [string, Partial<ChildOutcome>, Omit<Extract<ModelTrial, { ok: false }>, "ok">][] = [
    ["said why", { stderrTail: 'error: Cannot load model "x": junk\n' }, { reason: 'Cannot load model "x": junk' }],
    [
      "said what mends it, behind what a library printed",
      { stderrTail: "noise\nerror: of a library\nerror: Cannot load: junk\nhint: Copy it anew\n" },
      { reason: "Cannot load: junk", remedy: "Copy it anew" },
    ],
    ["said it in several lines", { stderrTail: "error: Cannot read:\n  a\n  b\nhint: Mend both\n" }, { reason: "Cannot read: a b", remedy: "Mend both" }],
    ["was killed", { exitCode: null, signal: "SIGSEGV" }, { reason: "the process that tried it ended with SIGSEGV" }],
    ["ended without a word", { exitCode: 3 }, { reason: "the process that tried it ended with exit code 3" }],
    ["hangs", { exitCode: null, signal: "SIGKILL", isTimeout: true }, { reason: "it gave no vector within 60 s" }],
    ["cannot be started", { exitCode: null, stderrTail: "EAGAIN" }, { reason: "the process that tries it cannot be started: EAGAIN" }],
  ];
  test.each(cases)("gives the reason when the child %s", async (_, outcome, failure) => {
    const runChild = async () => ({ ...ENDED, ...outcome });
    expect(await tryModel("x", { runChild, flags: [], environment: {} })).toEqual({ ok: false, ...failure });
  });
});
