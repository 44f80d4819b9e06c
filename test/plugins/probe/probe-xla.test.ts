// The probe of PJRT plugins from end to end: the real one in a real child of this program, run from source.
import { describe, expect, test } from "bun:test";
import { basename, resolve } from "node:path";
import { probeEngine } from "../../../src/plugins/probe/probe-engine.ts";
import type { ProbeOutcome, ProbeRequest } from "../../../src/plugins/probe/probe-report.ts";
import { createRunChild } from "../../../src/plugins/run-child.ts";
import { LIBRARY_PATH } from "../../fixtures/onnxruntime.ts";
import { PLUGIN_PATH } from "../../fixtures/pjrt-plugin.ts";

const environment = { PATH: process.env["PATH"] ?? "" };
const runChild = createRunChild([process.execPath, resolve(import.meta.dir, "../../../src/main.ts"), "__probe"]);
const probe = (libraryPath: string, device: ProbeRequest["device"] = "cpu"): Promise<ProbeOutcome> =>
  probeEngine({ engine: "xla", device, libraryPath }, { runChild, environment });
const failureOf = (outcome: ProbeOutcome): string => (outcome.ok ? "none" : `${outcome.stage}: ${outcome.reason}`);

describe("probeEngine() of a PJRT plugin", () => {
  test("reports version, platform, devices, a right product and the libraries when the plugin is good", async () => {
    const outcome = await probe(PLUGIN_PATH);
    if (!outcome.ok) throw new Error(failureOf(outcome));
    const { mapped, devices, compileMs = -1, runMs = -1, ...report } = outcome.report;
    expect(report).toEqual({ stage: "product", version: "0.115", platform: "cpu", worstError: 0 });
    expect([...new Set(devices)]).toEqual(["cpu"]);
    expect([mapped.includes(PLUGIN_PATH), mapped.some((path) => basename(path).startsWith("libstdc++.so.6"))]).toEqual([true, true]);
    expect([compileMs > 0, runMs > 0, outcome.ms > compileMs + runMs]).toEqual([true, true, true]);
  });

  test.each(["cuda", "tpu"] as const)("says which platform it is when %s is asked for", async (device) => {
    const outcome = await probe(PLUGIN_PATH, device);
    expect(failureOf(outcome)).toBe(`devices: found the platform "cpu", need "${device}"`);
    expect(outcome.report).toMatchObject({ stage: "client", version: "0.115", platform: "cpu" });
  });

  test("fails to load a file that is no library", async () => {
    expect(failureOf(await probe(import.meta.path))).toBe("load: invalid ELF header");
  });

  test("fails to load a library that is no PJRT plugin", async () => {
    expect(failureOf(await probe(LIBRARY_PATH))).toBe('load: Symbol "GetPjrtApi" not found');
  });
});
