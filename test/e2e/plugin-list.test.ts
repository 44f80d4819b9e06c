import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { PluginRow } from "../../src/plugins/list.ts";
import type { Target } from "../../src/target.ts";
import type { SystemName } from "../fixtures/systems/systems.ts";
import { writeSystem } from "../fixtures/systems/write.ts";
import { createReceipt, ELF_ARM64, ELF_X64, writeEntry } from "../plugins/search/library-tree.ts";
import type { Entry } from "../plugins/search/library-tree.ts";
import { createFolder, runTermite } from "./termite.ts";

const folder = createFolder();
afterAll(() => folder.remove());

let count = 0;
function createHome(plugins: Readonly<Record<string, Entry>> = {}): string {
  const home = join(folder.path, `home-${count++}`);
  mkdirSync(home, { mode: 0o700 });
  for (const [path, entry] of Object.entries(plugins)) writeEntry(join(home, ".termite/plugins", path), entry);
  return home;
}

/** Rows by name. Whatever was asked, nothing may have been extracted. */
async function list(home: string, env: Record<string, string> = {}): Promise<{ rows: Record<string, PluginRow>; stderr: string }> {
  const { exitCode, stdout, stderr } = await runTermite(["plugin", "list", "--json"], { home, env });
  expect({ exitCode, isExtracted: existsSync(join(home, ".termite/runtime")) }).toEqual({ exitCode: 0, isExtracted: false });
  const { plugins } = JSON.parse(stdout) as { plugins: PluginRow[] };
  return { rows: Object.fromEntries(plugins.map((row) => [row.name, row])), stderr };
}

/** A machine of test/fixtures/systems, and home with these plugins. */
async function listOn(system: SystemName, plugins: Readonly<Record<string, Entry>> = {}) {
  const home = createHome(plugins);
  const { environment } = writeSystem(system, join(home, "machine"));
  const { rows, stderr } = await list(home, environment);
  return { home, rows, stderr, environment };
}

describe("termite plugin list", () => {
  test("lists both CPU engines as bundled with version and size, extracts nothing and leaves the home as it was", async () => {
    const home = createHome();
    const { rows, stderr } = await list(home, { TERMITE_SYSTEM_ROOT: writeSystem("no-gpu", join(home, "machine")).environment["TERMITE_SYSTEM_ROOT"] ?? "" });
    expect(Object.keys(rows)).toEqual(["onnx:cuda", "xla:cuda", "xla:tpu", "onnx:cpu", "xla:cpu"]);
    expect(rows["onnx:cpu"]).toEqual({ name: "onnx:cpu", status: "bundled", version: "1.30.0", sizeBytes: expect.any(Number) as number });
    expect(rows["xla:cpu"]).toEqual({ name: "xla:cpu", status: "bundled", version: "0.11.2", sizeBytes: expect.any(Number) as number });
    expect(rows["xla:cpu"]?.sizeBytes).toBeGreaterThan(150_000_000);
    expect(rows["xla:tpu"]).toEqual({ name: "xla:tpu", status: "unsupported", reason: "no TPU is found" });
    expect(rows["onnx:cuda"]?.reason).toBe("no NVIDIA GPU is found");
    expect(stderr).toContain("hardware is not this machine's own");
    expect(existsSync(join(home, ".termite"))).toBe(false);
  });

  test("says nothing but the list on this machine, each row with a status and each unsupported one with a reason", async () => {
    const { rows, stderr } = await list(createHome());
    expect(stderr).toBe("");
    const statuses = ["bundled", "installed", "outdated", "available", "unsupported"];
    expect(Object.values(rows).filter(({ status, reason }) => !statuses.includes(status) || (status === "unsupported" && !reason))).toEqual([]);
  });

  test("is a table for people", async () => {
    const { stdout, exitCode } = await runTermite(["plugin", "list"], { home: createHome() });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^PLUGIN +STATUS +VERSION +SIZE +PATH +REASON\n/);
    expect(stdout).toMatch(/^onnx:cpu +bundled +1\.30\.0 +\d+\.\d MB +- +-\n/m);
  });

  const able: [SystemName, Target, RegExp][] = [
    ["one", "xla:cuda", /^0\.\d+\.\d+\.\d+$/],
    ["driver-for-cuda-12", "xla:cuda", /^0\.\d+\.\d+\.\d+$/],
    ["eight", "onnx:cuda", /^1\.\d+\.\d+$/],
    ["tpu-v4", "xla:tpu", /^0\.0\.\d+$/],
  ];
  test.each(able)("on the machine %s says which version of %s could be installed, and what it takes", async (system, name, version) => {
    const row = (await listOn(system)).rows[name];
    expect(row).toEqual({
      name, status: "available", availableVersion: expect.stringMatching(version) as string,
      downloadBytes: expect.any(Number) as number, sizeBytes: expect.any(Number) as number,
    });
    expect(row?.downloadBytes).toBeGreaterThan(100_000_000);
    expect(row?.sizeBytes).toBeGreaterThan(row?.downloadBytes ?? 0);
  });

  const machines: [SystemName, Target, string][] = [
    ["musl", "onnx:cuda", `there is no such library for ${process.platform}-${process.arch} with musl`],
    ["driver-too-old", "onnx:cuda", "found driver 470.57.02, need 525.60.13 or newer"],
    ["visible-empty", "xla:cuda", 'found CUDA_VISIBLE_DEVICES "", which hides every GPU, need CUDA_VISIBLE_DEVICES unset or naming a GPU that is there'],
    ["container-without-libcuda", "onnx:cuda", 'found "/dev/nvidia0" in a container without "libcuda.so.1", need the driver\'s libraries in the container'],
    ["container-without-nodes", "onnx:cuda", 'found the host\'s driver 580.65.06 in a container without "/dev/nvidia0", need a container that was started with GPUs'],
  ];
  test.each(machines)("on the machine %s says of %s why it is unsupported", async (system, name, reason) => {
    expect((await listOn(system)).rows[name]).toEqual({ name, status: "unsupported", reason });
  });

  test("names what stands in for the machine's own answers", async () => {
    const { stderr, environment } = await listOn("one");
    for (const name of ["TERMITE_SYSTEM_ROOT", "TERMITE_FAKE_NVML"]) expect(stderr).toContain(`${name}=${environment[name]}`);
  });
});

describe("termite plugin list recognises", () => {
  test("a published version by its receipt", async () => {
    const { home, rows } = await listOn("one", {
      "xla/cuda/current": { "->": "versions/0.12.0.1" },
      "xla/cuda/versions/0.12.0.1/jax_plugins/xla_cuda13/xla_cuda_plugin.so": ELF_X64,
      "xla/cuda/versions/0.12.0.1/receipt.json": createReceipt("xla:cuda", "0.12.0.1", { "jax_plugins/xla_cuda13/xla_cuda_plugin.so": 100, "nvidia/x": 23 }),
    });
    const path = join(home, ".termite/plugins/xla/cuda/versions/0.12.0.1");
    expect(rows["xla:cuda"]).toEqual({ name: "xla:cuda", status: "installed", version: "0.12.0.1", path, sizeBytes: 123 });
    expect(rows["onnx:cuda"]?.status).toBe("available");
  });

  test("trees that were put there by hand, also where the hardware for them is missing", async () => {
    const provider = { "onnx/linux-amd64/lib/libonnxruntime_providers_cuda.so": ELF_X64 };
    const { home, rows } = await listOn("no-gpu", {
      "xla/tpu/pjrt_c_api_tpu_plugin.so": ELF_X64, "onnx/linux-amd64/lib/libonnxruntime.so.1.31.1": ELF_X64, ...provider,
    });
    const plugins = join(home, ".termite/plugins");
    expect(rows["xla:tpu"]).toEqual({
      name: "xla:tpu", status: "installed", reason: "placed by hand; no TPU is found", path: join(plugins, "xla/tpu"), sizeBytes: 100,
    });
    const path = join(plugins, "onnx/linux-amd64/lib");
    expect(rows["onnx:cuda"]).toEqual({
      name: "onnx:cuda", status: "installed", version: "1.31.1", reason: "placed by hand; no NVIDIA GPU is found", path, sizeBytes: 100,
    });
    expect(rows["onnx:cpu"]).toMatchObject({ status: "installed", reason: "placed by hand; used instead of the bundled 1.30.0", path });
  });

  test("a folder that others may write to, and does not use it", async () => {
    const home = createHome({ "xla/cpu/pjrt_c_api_cpu_plugin.so": ELF_X64 });
    const open = join(home, ".termite/plugins/xla");
    chmodSync(open, 0o777);
    expect((await list(home)).rows["xla:cpu"]).toMatchObject({
      status: "bundled", reason: `passed over plugins_dir/xla/cpu: found "${open}" writable by others: chmod o-w "${open}"`,
    });
  });

  test("a library of another machine, and does not use it", async () => {
    const { rows } = await listOn("tpu-v4", { "xla/tpu/pjrt_plugin_tpu.so": ELF_ARM64 });
    expect(rows["xla:tpu"]).toMatchObject({
      status: "available",
      reason: 'passed over plugins_dir/xla/tpu: found "pjrt_plugin_tpu.so", an ELF library for aarch64, need an ELF library for x86-64',
    });
  });
});
