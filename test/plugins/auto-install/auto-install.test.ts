import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TermiteError } from "../../../src/errors.ts";
import { autoInstall } from "../../../src/plugins/auto-install/auto-install.ts";
import type { AutoInstallOptions } from "../../../src/plugins/auto-install/auto-install.ts";
import { choosePlugins } from "../../../src/plugins/auto-install/choose-plugins.ts";
import { findFailure, forgetFailures, MEMORY_FILE, readFailures, writeFailure } from "../../../src/plugins/auto-install/failure-memory.ts";
import type { Failure } from "../../../src/plugins/auto-install/failure-memory.ts";
import { TARGETS } from "../../../src/target.ts";
import type { Target } from "../../../src/target.ts";

const folder = mkdtempSync(join(tmpdir(), "termite-auto-install-"));
afterAll(() => rmSync(folder, { recursive: true }));

const NOW = Date.parse("2026-11-22T12:00:00.000Z");
const FAILURE: Failure = { plugin: "onnx:cuda", lock: "l1", driver: "580.65.06", reason: "no space", at: "2026-11-22T11:30:00.000Z" };

describe("choosePlugins()", () => {
  const GPU: Target[] = ["onnx:cuda", "xla:cuda", "onnx:cpu", "xla:cpu"];
  const CPU: Target[] = ["onnx:cpu", "xla:cpu"];
  test.each<[string, boolean | ("onnx:cuda" | "xla:cuda" | "xla:tpu")[], readonly Target[], Target[], Target[], string[]]>([
    ["nothing when it is switched off", false, TARGETS, GPU, [], []],
    ["the first that the hardware can run", true, TARGETS, GPU, [], ["onnx:cuda"]],
    ["the first of a person's own list", true, ["xla:cuda", "onnx:cuda"], GPU, [], ["xla:cuda"]],
    ["nothing when it is there", true, TARGETS, GPU, ["onnx:cuda"], []],
    ["nothing when the CPU comes first", true, ["onnx:cpu", "onnx:cuda"], GPU, [], []],
    ["nothing without hardware", true, TARGETS, CPU, [], []],
    ["what a list names and is not there", ["xla:cuda", "onnx:cuda", "xla:tpu"], TARGETS, CPU, ["onnx:cuda"], ["xla:cuda", "xla:tpu"]],
  ])("chooses %s", (_, setting, priority, runnable, there, expected) => {
    const isRunnable = (target: Target): boolean => runnable.includes(target);
    expect(choosePlugins({ setting, priority, isRunnable, isThere: (target) => there.includes(target) }) as string[]).toEqual(expected);
  });
});

interface Calls {
  asked: string[];
  remembered: Failure[];
}

function createOptions(options: Partial<AutoInstallOptions>): AutoInstallOptions & Calls {
  const [asked, remembered]: [string[], Failure[]] = [[], []];
  return {
    asked, remembered,
    plugins: ["onnx:cuda"],
    describe: async (plugin) => ({ plugin, lock: "l1", driver: "580.65.06" }),
    install: async (plugin, { onEvent }) => {
      asked.push(plugin);
      onEvent({ event: "done", plugin, version: "1.31.1", fetchedBytes: 7, seconds: 2 });
    },
    failures: [],
    remember: (failure) => void remembered.push(failure),
    forget: (plugin) => void asked.push(`forget ${plugin}`),
    timeoutMs: 5_000,
    timeoutText: "5s",
    onEvent: () => undefined,
    signal: new AbortController().signal,
    now: () => NOW,
    ...options,
  };
}

/** Ends only when it is told to, as a download does. */
const hang = (signal: AbortSignal): Promise<never> => {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
};

describe("autoInstall()", () => {
  test("installs one after the other and forgets that they had failed", async () => {
    const options = createOptions({ plugins: ["xla:cuda", "onnx:cuda"] });
    const done = { state: "installed", version: "1.31.1", fetchedBytes: 7, seconds: 2 } as const;
    expect(await autoInstall(options)).toEqual([{ plugin: "xla:cuda", ...done }, { plugin: "onnx:cuda", ...done }]);
    expect(options.asked).toEqual(["xla:cuda", "forget xla:cuda", "onnx:cuda", "forget onnx:cuda"]);
  });

  test("says what failed, why and what to run, and remembers it, when an install fails", async () => {
    const error = new TermiteError("plugin_refused", 'Cannot install "onnx:cuda": found 1 MB free', { hint: "Free some space" });
    const options = createOptions({ install: () => Promise.reject(error) });
    expect(await autoInstall(options)).toEqual([
      { plugin: "onnx:cuda", state: "failed", reason: error.message, run: "Free some space" },
    ]);
    expect(options.remembered).toEqual([
      { plugin: "onnx:cuda", lock: "l1", driver: "580.65.06", reason: error.message, at: "2026-11-22T12:00:00.000Z" },
    ]);
  });

  test("does not try again what failed not long ago with the same lock and driver", async () => {
    const options = createOptions({ failures: [FAILURE] });
    expect(await autoInstall(options)).toEqual([
      { plugin: "onnx:cuda", state: "remembered", reason: "no space", at: FAILURE.at },
    ]);
    expect([options.asked, options.remembered]).toEqual([[], []]);
  });

  test("tries again when the driver is another", async () => {
    const options = createOptions({ failures: [{ ...FAILURE, driver: "570.1" }] });
    expect((await autoInstall(options))[0]?.state).toBe("installed");
  });

  test("gives up in words when the time is over", async () => {
    const options = createOptions({ timeoutMs: 20, install: (_, { signal }) => hang(signal) });
    const reason =
      'Cannot install "onnx:cuda": it was not done within plugins.auto_install_timeout "5s"; what was fetched is kept';
    expect(await autoInstall(options)).toEqual([
      { plugin: "onnx:cuda", state: "failed", reason, run: "termite plugin install onnx:cuda" },
    ]);
    expect(options.remembered).toHaveLength(1);
  });

  test("fails without remembering when this build has no lock for it", async () => {
    const error = new TermiteError("plugin_refused", "Cannot install: none");
    const options = createOptions({ describe: () => Promise.reject(error) });
    expect(await autoInstall(options)).toEqual([
      { plugin: "onnx:cuda", state: "failed", reason: "Cannot install: none", run: "termite plugin install onnx:cuda" },
    ]);
    expect(options.remembered).toEqual([]);
  });

  test("rejects with the caller's reason and remembers nothing when the server is told to stop", async () => {
    const stop = new AbortController();
    const options = createOptions({ signal: stop.signal, install: (_, { signal }) => hang(signal) });
    const installing = autoInstall(options);
    stop.abort(new Error("stop"));
    expect(installing).rejects.toThrow("stop");
    await installing.catch(() => undefined);
    expect(options.remembered).toEqual([]);
  });
});

describe("failure memory", () => {
  const home = join(folder, "home");

  test("writeFailure() replaces what was known of a plugin and keeps the others", () => {
    expect(readFailures(home, NOW)).toEqual([]);
    expect(writeFailure(home, FAILURE, NOW)).toBe(true);
    expect(writeFailure(home, { ...FAILURE, plugin: "xla:tpu" }, NOW)).toBe(true);
    const later = { ...FAILURE, reason: "offline" };
    expect(writeFailure(home, later, NOW)).toBe(true);
    expect(readFailures(home, NOW)).toEqual([{ ...FAILURE, plugin: "xla:tpu" }, later]);
  });

  test.each([
    ["an hour has passed", "2026-11-22T12:30:00.000Z"],
    ["the clock was set back", "2026-11-22T11:29:59.000Z"],
  ])("readFailures() leaves out what no longer counts when %s", (_, now) => {
    expect(readFailures(home, Date.parse(now))).toEqual([]);
  });

  test("forgetFailures() takes one plugin out", () => {
    forgetFailures(home, "xla:tpu", NOW);
    expect(readFailures(home, NOW).map(({ plugin }) => plugin)).toEqual(["onnx:cuda"]);
  });

  test.each(["", "{", '{"failures": [{"plugin": "x"}]}', "[]"])("readFailures() takes %p for no memory", (text) => {
    writeFileSync(join(home, MEMORY_FILE), text);
    expect(readFailures(home, NOW)).toEqual([]);
  });

  test("writeFailure() is false when the home is no folder", () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    chmodSync(file, 0o600);
    expect(writeFailure(join(file, "home"), FAILURE, NOW)).toBe(false);
  });

  test.each([[{}, true], [{ lock: "l2" }, false], [{ driver: "" }, false], [{ plugin: "xla:cuda" as const }, false]])(
    "findFailure() with %j finds it: %p",
    (other, isFound) => expect(findFailure([FAILURE], { ...FAILURE, ...other }) !== undefined).toBe(isFound),
  );
});
