import { describe, expect, test } from "bun:test";
import { resolveEngine, resolveTarget } from "../../../src/doctor/engines/engine.ts";
import type { EngineFacts } from "../../../src/doctor/engines/engine.ts";
import { readEngine } from "../../../src/doctor/engines/read-engine.ts";
import type { EngineLooks } from "../../../src/doctor/engines/read-engine.ts";
import { TermiteError } from "../../../src/errors.ts";
import type { ProbeReport, ProbeRequest } from "../../../src/plugins/probe/probe-report.ts";
import { createHardware } from "../hardware.ts";

const REPORT: ProbeReport = { stage: "product", version: "1.30.0", devices: ["cpu", "cpu"], worstError: 0, mapped: [] };
const NEEDED = "a product of two 128x128 matrices, all 16,384 numbers right";
const PROBED: EngineFacts = { kind: "probed", target: "onnx:cpu", isBundled: true, outcome: { ok: true, report: REPORT, ms: 82.6 } };
const FAILED: EngineFacts = {
  kind: "probed",
  target: "xla:cuda",
  isBundled: false,
  outcome: { ok: false, stage: "client", reason: "found no device", ms: 12, report: { ...REPORT, stage: "version", version: "0.116", devices: [] } },
};

describe("resolveEngine()", () => {
  test("says the version, the device, the time and that the numbers are right", () => {
    expect(resolveEngine(PROBED, false)).toEqual({
      status: "ok",
      found: "ONNX Runtime 1.30.0 multiplied two 128x128 matrices on cpu in 83 ms, all 16,384 numbers right",
    });
  });

  test("warns of a library on disk that fails, and fails when it is asked for", () => {
    const found = 'PJRT C API failed at "client": found no device';
    expect(resolveEngine(FAILED, false)).toEqual({ status: "warn", found, needed: NEEDED, remedy: "termite plugin list" });
    expect(resolveEngine(FAILED, true)).toEqual({ status: "fail", found, needed: NEEDED, remedy: "termite plugin list" });
  });

  test("fails for a bundled engine, with what to install when the linker says what is missing", () => {
    const reason = "libstdc++.so.6: cannot open shared object file: No such file or directory";
    expect(resolveEngine({ ...PROBED, outcome: { ok: false, stage: "load", reason, ms: 3 } }, false)).toEqual({
      status: "fail",
      found: `ONNX Runtime failed at "load": ${reason}`,
      needed: NEEDED,
      remedy: 'Install it: "apt-get install libstdc++6" or "dnf install libstdc++"',
    });
  });

  test("says why an engine was not tried", () => {
    const facts: EngineFacts = { kind: "unavailable", target: "xla:tpu", reason: "no TPU", isBundled: false };
    expect(resolveEngine(facts, false)).toEqual({
      status: "warn",
      found: "PJRT C API was not tried: no TPU",
      needed: NEEDED,
      remedy: "termite plugin list",
    });
  });
});

test("resolveTarget() gives version and time, and the reason when it failed", () => {
  expect(resolveTarget(PROBED)).toEqual({ ok: true, version: "1.30.0", probeMs: 83 });
  expect(resolveTarget(FAILED)).toEqual({ ok: false, version: "0.116", probeMs: 12, reason: "found no device" });
  expect(resolveTarget({ kind: "unavailable", target: "xla:tpu", reason: "no TPU", isBundled: false })).toEqual({ ok: false, reason: "no TPU" });
});

describe("readEngine()", () => {
  function createLooks(looks: Partial<EngineLooks> = {}): EngineLooks & { asked: unknown[] } {
    const asked: unknown[] = [];
    return {
      asked,
      search: async (target) => ({ target, places: [], found: { origin: "bundled" } }),
      detectHardware: async () => createHardware({}),
      asset: async (name) => {
        asked.push(`asset ${name}`);
        return { name, version: "1", state: "whole" };
      },
      assets: {
        info: () => ({ name: "pjrt-cpu", version: "1", sha256: "", sizeBytes: 1, packedBytes: 1 }),
        path: async (name) => `/runtime/${name}`,
        inspect: async () => "whole",
        repair: async () => false,
      },
      probe: async (request: ProbeRequest) => {
        asked.push(request);
        return { ok: true, report: REPORT, ms: 1 };
      },
      ...looks,
    };
  }

  test("looks at a bundled library by hash before it tries it", async () => {
    const looks = createLooks();
    expect(await readEngine("xla:cpu", looks)).toEqual({
      kind: "probed",
      target: "xla:cpu",
      isBundled: true,
      outcome: { ok: true, report: REPORT, ms: 1 },
    });
    expect(looks.asked).toEqual(["asset pjrt-cpu", { engine: "xla", device: "cpu", libraryPath: "/runtime/pjrt-cpu" }]);
  });

  test("tries a library on disk where it is when the hardware is there", async () => {
    const found = { origin: "placed", libraryPath: "/p/onnx/cuda/lib/libonnxruntime.so.1" } as const;
    const looks = createLooks({
      search: async (target) => ({ target, places: [], found }),
      detectHardware: async () => createHardware({ nvidia: { state: "usable", found: "1 GPU" } }),
    });
    await readEngine("onnx:cuda", looks);
    expect(looks.asked).toEqual([{ engine: "onnx", device: "cuda", libraryPath: found.libraryPath }]);
  });

  test("tries nothing when there is no such hardware", async () => {
    const found = { origin: "placed", libraryPath: "/p/x.so" } as const;
    const looks = createLooks({ search: async (target) => ({ target, places: [], found }) });
    expect(await readEngine("xla:tpu", looks)).toEqual({ kind: "unavailable", target: "xla:tpu", isBundled: false, reason: "no TPU" });
    expect(looks.asked).toEqual([]);
  });

  test("gives nothing when the walk found no library", async () => {
    expect(await readEngine("xla:tpu", createLooks({ search: async (target) => ({ target, places: [] }) }))).toBeUndefined();
  });

  test("says why a library cannot be extracted", async () => {
    const looks = createLooks();
    looks.assets.path = () => Promise.reject(new TermiteError("disk_full", "Cannot extract: no space", { hint: "Free some space" }));
    expect(await readEngine("onnx:cpu", looks)).toEqual({
      kind: "unavailable",
      target: "onnx:cpu",
      isBundled: true,
      reason: "Cannot extract: no space",
      remedy: "Free some space",
    });
  });
});
