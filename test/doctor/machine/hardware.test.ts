import { describe, expect, test } from "bun:test";
import type { FindingStatus } from "../../../src/doctor/finding.ts";
import { resolveNvidia, resolveOverrides, resolveTpu } from "../../../src/doctor/machine/hardware.ts";
import type { NvidiaHardware, NvidiaState, TpuHardware } from "../../../src/plugins/detect/hardware.ts";

const WORDS = { found: "driver 470.57.02", needed: "525.60.13 or newer", remedy: "Update it" };

describe("resolveNvidia()", () => {
  const cases: [NvidiaState, FindingStatus, FindingStatus][] = [
    ["usable", "ok", "ok"],
    ["absent", "ok", "ok"],
    ["hidden", "warn", "fail"],
    ["driver_missing", "warn", "fail"],
    ["driver_too_old", "warn", "fail"],
    ["container_toolkit_missing", "warn", "fail"],
    ["container_without_gpu", "warn", "fail"],
    ["not_permitted", "warn", "fail"],
    ["jetson", "warn", "fail"],
    ["gpu_too_old", "warn", "fail"],
    ["driver_failed", "warn", "fail"],
  ];
  test.each(cases)("is, for %s, %s and %s when it is asked for, with the detection's own words", (state, plain, wanted) => {
    const nvidia: NvidiaHardware = { state, gpus: [], isWsl: false, ...WORDS };
    expect(resolveNvidia(nvidia, false)).toEqual({ status: plain, ...WORDS });
    expect(resolveNvidia(nvidia, true)).toEqual({ status: wanted, ...WORDS });
  });
});

describe("resolveTpu()", () => {
  const holder = { pid: 7, name: "python3" };
  const cases: [Pick<TpuHardware, "state" | "holder">, FindingStatus, FindingStatus][] = [
    [{ state: "usable" }, "ok", "ok"],
    [{ state: "absent" }, "ok", "ok"],
    [{ state: "usable", holder }, "warn", "fail"],
    [{ state: "nodes_missing" }, "warn", "fail"],
    [{ state: "not_permitted" }, "warn", "fail"],
  ];
  test.each(cases)("is, for %p, %s and %s when it is asked for", (facts, plain, wanted) => {
    const tpu: TpuHardware = { chips: 4, found: "4 chips of TPU v4", ...facts };
    expect(resolveTpu(tpu, false)).toEqual({ status: plain, found: "4 chips of TPU v4" });
    expect(resolveTpu(tpu, true)).toEqual({ status: wanted, found: "4 chips of TPU v4" });
  });
});

test("resolveOverrides() warns when something stands in for the machine's own answers", () => {
  expect(resolveOverrides({ overrides: [] })).toEqual({ status: "ok", found: "none: this is about the machine itself" });
  expect(resolveOverrides({ overrides: ["TERMITE_SYSTEM_ROOT=/a", "TERMITE_FAKE_NVML=/b.json"] })).toEqual({
    status: "warn",
    found: "TERMITE_SYSTEM_ROOT=/a, TERMITE_FAKE_NVML=/b.json: what follows is not about this machine alone",
    needed: "none of them, but in tests",
    remedy: "unset TERMITE_SYSTEM_ROOT TERMITE_FAKE_NVML",
  });
});
