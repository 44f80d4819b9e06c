import { describe, expect, test } from "bun:test";
import { chooseVariant } from "../../../src/plugins/checks/choose-variant.ts";
import { listRefusals, runChecks } from "../../../src/plugins/checks/run-checks.ts";
import { checkPlans } from "../../../src/plugins/install/refuse-install.ts";
import { catchThrown } from "../../cli/catch-thrown.ts";
import { FOLDER, HARDWARE, makeFacts, makePlainLock, NO_HARDWARE } from "./make-facts.ts";
import { REFUSALS } from "./refusals.ts";

describe("runChecks()", () => {
  test("finds everything right, with what was found, when nothing is wrong", () => {
    const checks = runChecks(makePlainLock(), makeFacts(), 3_300_000_000);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(checks.map(({ name, found, needed }) => `${name}: ${found}, need ${needed}`)).toEqual([
      "platform: linux-x64, need linux-x64 with glibc",
      "hardware: 1 GPU, need an NVIDIA GPU",
      "driver: driver 580.65.06, need 580 or newer",
      "compute capability: NVIDIA H100 80GB HBM3 (80 GB, compute capability 9.0), need compute capability 7.5 or higher",
      "glibc: glibc 2.36, need glibc 2.27 or newer",
      "libstdc++: libstdc++.so.6 with GLIBCXX_3.4.30, need libstdc++.so.6 with GLIBCXX_3.4.22",
      'space: 50.0 GB free at "/home/me/.termite/plugins", need 3.3 GB',
      'permission: "/home/me/.termite/plugins", need a folder that this user can write to',
      'owner: "/home/me/.termite/plugins", need folders of this user or of root that nobody else may write to',
    ]);
  });

  test.each(REFUSALS.map((row) => [row.refusal.name, row.refusal.found, row] as const))("refuses %s when it finds %s", (_, __, row) => {
    const checks = runChecks(makePlainLock(row.lock), makeFacts(row.facts), row.diskBytes ?? 3_300);
    expect(checks.filter(({ ok }) => !ok)).toEqual([{ ok: false, ...row.refusal }]);
  });

  test("says nothing of driver and compute capability when there is no GPU to have them", () => {
    const names = runChecks(makePlainLock(), makeFacts({ hardware: NO_HARDWARE }), 0).map(({ name }) => name);
    expect(names).not.toContain("driver");
    expect(names).not.toContain("compute capability");
  });

  test("passes what a tree that stands for a machine does not hold, and a glibc of unknown version", () => {
    const checks = runChecks(makePlainLock(), makeFacts({ isReplaced: true, libstdcxx: undefined, glibc: undefined }), 0);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  });

  test("passes folders of root, and a group that is the user's own", () => {
    const folders = [{ ...FOLDER, uid: 0 }, { ...FOLDER, mode: 0o40770 }];
    expect(listRefusals(runChecks(makePlainLock(), makeFacts({ folders }), 0), false)).toEqual([]);
  });

  test("asks nothing of the owner of a folder above plugins_dir", () => {
    const folders = [{ ...FOLDER, path: "/home", uid: 0, mode: 0o41777 }];
    expect(listRefusals(runChecks(makePlainLock(), makeFacts({ folders }), 0), false)).toEqual([]);
  });
});

describe("checkPlans()", () => {
  const plan = (facts: Parameters<typeof makeFacts>[0], diskBytes = 0) => ({
    name: "xla:cuda" as const, version: "1", wheels: [], downloadBytes: 0, diskBytes, freeBytes: 0, licences: [],
    checks: runChecks(makePlainLock(), makeFacts(facts), diskBytes),
  });

  test("throws what was found, what is needed and the remedy when a check fails", () => {
    const { nvidia } = HARDWARE;
    const hardware = { ...HARDWARE, nvidia: { ...nvidia, driverVersion: "570.133.07" } };
    expect(catchThrown(() => checkPlans([plan({ hardware })], false))).toMatchObject({
      code: "plugin_refused",
      message: 'Cannot install "xla:cuda": found driver 570.133.07, need 580 or newer',
      hint: "Update NVIDIA's driver to 580 or newer; or install it all the same with --force",
    });
  });

  test("names every reason at once", () => {
    const facts = { hardware: NO_HARDWARE, glibc: "2.17" };
    expect(catchThrown(() => checkPlans([plan(facts)], false))).toMatchObject({
      message: 'Cannot install "xla:cuda": found no NVIDIA GPU, need an NVIDIA GPU; found glibc 2.17, need glibc 2.27 or newer',
      hint: "Install it on a machine with an NVIDIA GPU, or here all the same with --force; Use a newer release of this system, or a container with one",
    });
  });

  test("throws nothing of the machine when it is forced", () => {
    checkPlans([plan({ hardware: NO_HARDWARE, glibc: "2.17", platform: { os: "linux", arch: "x64", libc: "musl" } })], true);
  });

  test("throws what force cannot pass", () => {
    expect(catchThrown(() => checkPlans([plan({ freeBytes: 5, hardware: NO_HARDWARE }, 10)], true))).toMatchObject({
      code: "plugin_refused",
      message: 'Cannot install "xla:cuda": found 5 B free at "/home/me/.termite/plugins", need 10 B',
    });
  });
});

describe("chooseVariant()", () => {
  test.each([
    ["xla:cuda", "no driver", {}, "cuda13"],
    ["xla:cuda", "CUDA 13", { state: "usable", cudaMajor: 13 }, "cuda13"],
    ["onnx:cuda", "CUDA 12", { state: "usable", cudaMajor: 12 }, "cuda12"],
    ["xla:cuda", "a driver too old for both", { state: "driver_too_old" }, "cuda12"],
    ["xla:cuda", "a GPU too old for both", { state: "gpu_too_old" }, "cuda12"],
    ["xla:tpu", "CUDA 12", { state: "usable", cudaMajor: 12 }, "tpu"],
  ] as const)("of %s with %s gives the right one", (plugin, _, nvidia, variant) => {
    expect(chooseVariant(plugin, { nvidia: { ...NO_HARDWARE.nvidia, ...nvidia } })).toBe(variant);
  });
});
