// The checks composed, with the edges handed in: real files and decisions, no hardware, no child process.
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../../src/config/load.ts";
import type { Check } from "../../src/doctor/check.ts";
import { CHECKS } from "../../src/doctor/checks.ts";
import { createReport, resolveExitCode } from "../../src/doctor/create-report.ts";
import { createExamination } from "../../src/doctor/examination.ts";
import type { DoctorDeps } from "../../src/doctor/examination.ts";
import { TermiteError } from "../../src/errors.ts";
import { createSystem } from "../../src/plugins/detect/system.ts";
import type { ModelManifest } from "../../src/models/manifest.ts";
import type { AssetState } from "../../src/runtime/assets.ts";
import { createHardware } from "./hardware.ts";

const top = mkdtempSync(join(tmpdir(), "termite-doctor-"));
afterAll(() => rmSync(top, { recursive: true, force: true }));

async function createDeps(environment: Record<string, string> = {}): Promise<DoctorDeps & { calls: string[] }> {
  const env = { HOME: mkdtempSync(join(top, "home-")), TERMITE_OFFLINE: "1", TERMITE_API_URL: "http://127.0.0.1:0", ...environment };
  const calls: string[] = [];
  return {
    calls,
    loaded: await loadConfig({ flags: {}, env, cwd: top, isTerminal: false }),
    environment: env,
    system: createSystem({ environment: env, platform: { os: "linux", arch: "x64" }, root: mkdtempSync(join(top, "root-")) }),
    platform: { os: "linux", arch: "x64" },
    assetNames: ["libonnxruntime", "pjrt-cpu"],
    assets: {
      info: (name) => ({ name, version: "1.0", sha256: "", sizeBytes: 1, packedBytes: 1 }),
      path: async (name) => `/runtime/${name}`,
      inspect: async (name): Promise<AssetState> => {
        calls.push(`inspect ${name}`);
        return "whole";
      },
      repair: async () => true,
    },
    store: {
      resolve: async (name) => {
        throw new TermiteError("model_not_found", `Cannot find model "${name}": no such model`, { hint: "termite models" });
      },
    },
    detectHardware: async () => {
      calls.push("hardware");
      return createHardware({});
    },
    detectOwnHardware: async () => {
      calls.push("own hardware");
      return createHardware({});
    },
    search: async (target) => {
      calls.push(`search ${target}`);
      const places = [{ name: "bundled", outcome: "found" } as const];
      return target.endsWith(":cpu") ? { target, places, found: { origin: "bundled" } } : { target, places: [] };
    },
    probe: async ({ engine }) => {
      calls.push(`probe ${engine}`);
      return { ok: true, report: { stage: "product", version: engine === "onnx" ? "1.30.0" : "0.115", devices: [], mapped: [] }, ms: 5 };
    },
    tryModel: async (name) => {
      calls.push(`model ${name}`);
      return { ok: true, ms: 5 };
    },
  };
}

const ignore = () => {};

describe("createReport()", () => {
  test("gives every finding in the order of the table, and each target whose library is there", async () => {
    const deps = await createDeps();
    const report = await createReport(createExamination(deps), CHECKS, ignore);
    expect(report.findings.map(({ id }) => id)).toEqual([
      "system.platform", "system.cores", "system.memory", "system.glibc", "system.libstdc++",
      "hardware.overrides", "hardware.nvidia", "hardware.tpu",
      "libraries.library_path", "libraries.preload", "libraries.ptxas", "libraries.cudnn",
      "folder.home", "folder.runtime", "folder.models", "folder.plugins", "disk.home", "disk.models", "disk.plugins",
      "asset.libonnxruntime", "asset.pjrt-cpu",
      "search.onnx:cuda", "search.xla:cuda", "search.xla:tpu", "search.onnx:cpu", "search.xla:cpu",
      "engine.onnx:cpu", "engine.xla:cpu",
      "config.file", "config.backend_priority", "config.require_target", "config.default_model", "config.preload",
      "network.api_url", "network.proxy", "network.index",
    ]);
    expect(report.targets).toEqual({
      "onnx:cpu": { ok: true, version: "1.30.0", probeMs: 5, mapped: [] },
      "xla:cpu": { ok: true, version: "0.115", probeMs: 5, mapped: [] },
    });
    expect(Object.keys(report.search)).toEqual(["onnx:cuda", "xla:cuda", "xla:tpu", "onnx:cpu", "xla:cpu"]);
    expect(report.search["onnx:cpu"]).toEqual([{ name: "bundled", outcome: "found" }]);
  });

  test("looks at everything once, however many checks ask", async () => {
    const deps = await createDeps({ TERMITE_BACKEND_PRIORITY: "onnx,xla", TERMITE_REQUIRE_TARGET: "xla:cuda" });
    await createReport(createExamination(deps), CHECKS, ignore);
    expect(deps.calls.toSorted()).toEqual([
      "hardware", "inspect default-model", "inspect libonnxruntime", "inspect pjrt-cpu", "probe onnx", "probe xla",
      "search onnx:cpu", "search onnx:cuda", "search xla:cpu", "search xla:cuda", "search xla:tpu",
    ]);
  });

  test("fails what the configuration asks for and cannot have", async () => {
    const deps = await createDeps({ TERMITE_REQUIRE_TARGET: "xla:cuda" });
    const report = await createReport(createExamination(deps), CHECKS, ignore);
    const failed = report.findings.filter(({ status }) => status === "fail").map(({ id, found }) => `${id}: ${found}`);
    expect(failed).toEqual([
      "search.xla:cuda: no library in 0 places",
      'config.require_target: require_target "xla:cuda" cannot be used: no NVIDIA GPU',
      'config.default_model: default_model "all-minilm-l6-v2:int8": Cannot find model "all-minilm-l6-v2:int8": no such model',
    ]);
    expect(resolveExitCode(report)).toBe(1);
  });

  test("makes a failed finding of a check that throws, without its stack, and keeps the others", async () => {
    const checks: Check[] = [
      { id: "a.b", run: async () => Promise.reject(new Error("boom")) },
      { id: "c.d", run: async () => { throw new TermiteError("internal", "Cannot look: no", { hint: "Do it" }); } },
      { id: "e.f", run: async () => ({ status: "ok", found: "fine" }) },
    ];
    const done: string[] = [];
    const { findings } = await createReport(createExamination(await createDeps()), checks, (id) => done.push(id));
    const needed = "an answer from this check";
    expect(findings).toEqual([
      { id: "a.b", status: "fail", found: "boom", needed, remedy: "Run again with --debug and report what it prints" },
      { id: "c.d", status: "fail", found: "Cannot look: no", needed, remedy: "Do it" },
      { id: "e.f", status: "ok", found: "fine" },
    ]);
    expect(done.toSorted()).toEqual(["a.b", "c.d", "e.f"]);
  });

  test("says once that what was to stand in for the hardware cannot be used, and looks at the machine's own", async () => {
    const failure = new TermiteError("invalid_config", 'Cannot use TERMITE_FAKE_NVML: "/x" is not there', { hint: "Unset it" });
    const deps = { ...(await createDeps({ TERMITE_REQUIRE_TARGET: "xla:cuda" })), detectHardware: () => Promise.reject(failure) };
    const { findings } = await createReport(createExamination(deps), CHECKS, ignore);
    expect(findings.filter(({ found }) => found.includes("TERMITE_FAKE_NVML"))).toEqual([
      {
        id: "hardware.overrides",
        status: "fail",
        found: 'Cannot use TERMITE_FAKE_NVML: "/x" is not there; what follows is about this machine itself',
        needed: "a file that says what NVML would",
        remedy: "Unset it",
      },
    ]);
    expect(findings.find(({ id }) => id === "hardware.nvidia")).toEqual({ id: "hardware.nvidia", status: "ok", found: "no NVIDIA GPU" });
    expect(deps.calls.filter((call) => call === "own hardware")).toHaveLength(1);
  });

  test("tries the default model once its files were looked at", async () => {
    const manifest = { id: "bge", embedded: false, maxTokens: 512 } as ModelManifest;
    const deps = { ...(await createDeps({ TERMITE_DEFAULT_MODEL: "bge" })), store: { resolve: async () => manifest } };
    const { findings } = await createReport(createExamination(deps), CHECKS, ignore);
    expect(findings.find(({ id }) => id === "config.default_model")).toMatchObject({
      status: "ok",
      found: '"bge", on disk, up to 512 tokens, gave a vector in 5 ms',
    });
    const last = deps.calls.indexOf("model bge");
    expect(["inspect tokenizers", "probe onnx"].map((call) => deps.calls.indexOf(call) < last)).toEqual([true, true]);
  });

  test("says of a target whose look threw that it failed", async () => {
    const deps = { ...(await createDeps()), probe: () => Promise.reject(new Error("no child")) };
    const { targets, findings } = await createReport(createExamination(deps), CHECKS, ignore);
    expect(targets["onnx:cpu"]).toEqual({ ok: false, reason: "no child" });
    expect(findings.find(({ id }) => id === "engine.onnx:cpu")?.status).toBe("fail");
  });

  test("rejects with the reason of its signal when that aborts", async () => {
    const controller = new AbortController();
    const deps = { ...(await createDeps()), signal: controller.signal };
    const probe = () => { controller.abort(new Error("stop")); return Promise.reject(new Error("killed")); };
    const report = createReport(createExamination({ ...deps, probe }), CHECKS, ignore);
    expect(await report.catch((error: Error) => error.message)).toBe("stop");
  });

  test("rejects only when every check has cleaned up after itself when its signal aborts", async () => {
    const controller = new AbortController();
    const deps = { ...(await createDeps()), signal: controller.signal };
    const ended: string[] = [];
    const end = (id: string, ms: number): Check => ({ id, run: async () => { await Bun.sleep(ms); ended.push(id); throw new Error("killed"); } });
    const report = createReport(createExamination(deps), [end("a.b", 0), end("c.d", 50)], ignore);
    controller.abort(new Error("stop"));
    expect(await report.catch((error: Error) => error.message)).toBe("stop");
    expect(ended).toEqual(["a.b", "c.d"]);
  });
});

test("resolveExitCode() is 0 when nothing failed", () => {
  expect(resolveExitCode({ findings: [{ id: "a.b", status: "warn", found: "" }], targets: {}, search: {} })).toBe(0);
});
