import { describe, expect, test } from "bun:test";
import { resolveEngine, resolveTarget } from "../../../src/doctor/engines/engine.ts";
import type { EngineFacts, ProbedFacts } from "../../../src/doctor/engines/engine.ts";
import { readEngine } from "../../../src/doctor/engines/read-engine.ts";
import type { EngineLooks } from "../../../src/doctor/engines/read-engine.ts";
import { TermiteError } from "../../../src/errors.ts";
import type { ProbeReport, ProbeRequest } from "../../../src/plugins/probe/probe-report.ts";
import { createHardware } from "../hardware.ts";

const REPORT: ProbeReport = { stage: "product", version: "1.30.0", devices: ["cpu", "cpu"], worstError: 0, mapped: [] };
const NEEDED = "a product of two 128x128 matrices, all 16,384 numbers right";
const BROKEN = { ok: false, stage: "load", reason: "libonnxruntime.so.1: file too short", ms: 3 } as const;
const PROBED: ProbedFacts = {
  kind: "probed",
  target: "onnx:cpu",
  isBundled: true,
  foreign: [],
  outcome: { ok: true, report: REPORT, ms: 82.6 },
};
const FAILED: ProbedFacts = {
  kind: "probed",
  target: "xla:cuda",
  isBundled: false,
  foreign: ["/srv/cuda/lib64/libcudart.so.13"],
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

  test.each([
    ["it ended with SIGKILL while loading", 'Allow more memory: "dmesg" says whether the kernel killed it for want of some'],
    ["it ended with SIGSEGV while loading", 'Report what "termite doctor --json" prints: this library is inside the executable'],
  ])("sends nobody to the list of plugins for a library inside that says %p", (reason, remedy) => {
    expect(resolveEngine({ ...PROBED, outcome: { ok: false, stage: "load", reason, ms: 3 } }, false).remedy).toBe(remedy);
  });

  test("says where the part of ONNX Runtime belongs that is missing", () => {
    const reason = "libonnxruntime_providers_shared.so: cannot open shared object file: No such file or directory";
    expect(resolveEngine({ ...FAILED, target: "onnx:cuda", outcome: { ...BROKEN, reason } }, false).remedy).toBe(
      'Put "libonnxruntime_providers_shared.so" beside the library: both come in one package',
    );
  });

  test("only warns of an engine that no server runs on when it cannot be had, unless it is asked for", () => {
    const facts: EngineFacts = { kind: "unavailable", target: "xla:cpu", isBundled: true, reason: "no space", remedy: "Free some" };
    expect([resolveEngine(facts, false).status, resolveEngine(facts, true).status]).toEqual(["warn", "fail"]);
    expect(resolveEngine({ ...facts, target: "onnx:cpu" }, false).status).toBe("fail");
  });

  test("says which shared objects came from outside the library's own folder", () => {
    const foreign = ["/usr/lib/libstdc++.so.6"];
    expect(resolveEngine({ ...PROBED, foreign }, false).found).toBe(
      "ONNX Runtime 1.30.0 multiplied two 128x128 matrices on cpu in 83 ms, all 16,384 numbers right, " +
        "with libstdc++.so.6 from /usr/lib",
    );
  });

  test.each([false, true])("only warns of a person's own library when the one inside serves instead, asked for: %p", (isWanted) => {
    expect(resolveEngine({ ...PROBED, own: BROKEN }, isWanted)).toEqual({
      status: "warn",
      found:
        'ONNX Runtime failed at "load": libonnxruntime.so.1: file too short; the library inside serves instead: ' +
        "ONNX Runtime 1.30.0 multiplied two 128x128 matrices on cpu in 83 ms, all 16,384 numbers right",
      needed: NEEDED,
      remedy: "Mend or remove that library",
    });
  });

  test("says what a person's own library misses when the linker says it", () => {
    const reason = "libgomp.so.1: cannot open shared object file: No such file or directory";
    expect(resolveEngine({ ...PROBED, own: { ...BROKEN, reason } }, false).remedy).toBe(
      'Install it: "apt-get install libgomp1" or "dnf install libgomp"',
    );
  });

  test("fails when the library inside fails too", () => {
    const facts: EngineFacts = { kind: "unavailable", target: "onnx:cpu", isBundled: true, reason: "no space", remedy: "Free some", own: BROKEN };
    expect(resolveEngine(facts, false)).toEqual({
      status: "fail",
      found:
        'ONNX Runtime failed at "load": libonnxruntime.so.1: file too short; the library inside: ' +
        "ONNX Runtime was not tried: no space",
      needed: NEEDED,
      remedy: "Free some",
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

test("resolveTarget() gives version, time and foreign objects, and the reason when it failed", () => {
  expect(resolveTarget(PROBED)).toEqual({ ok: true, version: "1.30.0", probeMs: 83, mapped: [] });
  expect(resolveTarget({ ...PROBED, own: BROKEN })).toEqual(resolveTarget(PROBED));
  expect(resolveTarget(FAILED)).toEqual({
    ok: false,
    version: "0.116",
    probeMs: 12,
    reason: "found no device",
    mapped: ["/srv/cuda/lib64/libcudart.so.13"],
  });
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
      foreign: [],
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

  test("tells which shared objects came from outside the library's folder", async () => {
    const mapped = ["/runtime/libother.so", "/usr/lib/libstdc++.so.6"];
    const looks = createLooks({ probe: async () => ({ ok: true, report: { ...REPORT, mapped }, ms: 1 }) });
    expect(await readEngine("onnx:cpu", looks)).toMatchObject({ foreign: ["/usr/lib/libstdc++.so.6"] });
  });

  describe("with a library of a person's own that fails", () => {
    const own = { origin: "variable", libraryPath: "/own/lib.so" } as const;
    const createBrokenLooks = () => {
      const asked: string[] = [];
      const looks = createLooks({
        search: async (target) => ({ target, places: [], found: own }),
        probe: async ({ libraryPath }) => {
          asked.push(libraryPath);
          return libraryPath === own.libraryPath ? BROKEN : { ok: true, report: REPORT, ms: 1 };
        },
      });
      return { ...looks, asked };
    };

    test("tries the one inside too where the server would fall back to it", async () => {
      const looks = createBrokenLooks();
      expect(await readEngine("onnx:cpu", looks)).toEqual({
        kind: "probed",
        target: "onnx:cpu",
        isBundled: true,
        foreign: [],
        outcome: { ok: true, report: REPORT, ms: 1 },
        own: BROKEN,
      });
      expect(looks.asked).toEqual([own.libraryPath, "/runtime/libonnxruntime"]);
    });

    test("says so when the one inside cannot be had", async () => {
      const looks = createBrokenLooks();
      looks.assets.path = () => Promise.reject(new TermiteError("disk_full", "Cannot extract: no space", { hint: "Free some space" }));
      expect(await readEngine("onnx:cpu", looks)).toEqual({
        kind: "unavailable",
        target: "onnx:cpu",
        isBundled: true,
        reason: "Cannot extract: no space",
        remedy: "Free some space",
        own: BROKEN,
      });
    });

    test("leaves it at that where nothing falls back", async () => {
      const looks = createBrokenLooks();
      expect(await readEngine("xla:cpu", looks)).toMatchObject({ isBundled: false, outcome: BROKEN });
      expect(looks.asked).toEqual([own.libraryPath]);
    });
  });

  test("does not try a library inside that is known to be damaged", async () => {
    const failure = new TermiteError("home_not_writable", 'Cannot write to "/r": the file system is read-only');
    const looks = createLooks({ asset: async (name) => ({ name, version: "1", state: "damaged", failure }) });
    expect(await readEngine("onnx:cpu", looks)).toEqual({
      kind: "unavailable",
      target: "onnx:cpu",
      isBundled: true,
      reason: 'libonnxruntime is damaged and cannot be extracted anew: Cannot write to "/r": the file system is read-only',
      remedy: "Set TERMITE_HOME (or --home) to a folder that you can write to",
    });
    expect(looks.asked).toEqual([]);
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
