import { describe, expect, test } from "bun:test";
import type { Hardware, NvidiaHardware } from "../../src/plugins/detect/hardware.ts";
import type { Platform } from "../../src/plugins/detect/platform.ts";
import { listPlugins } from "../../src/plugins/list.ts";
import type { ListPluginsOptions, PluginRow } from "../../src/plugins/list.ts";
import { searchLibrary } from "../../src/plugins/search/search-library.ts";
import type { SearchOptions } from "../../src/plugins/search/search-library.ts";
import { TARGETS } from "../../src/target.ts";
import type { Target } from "../../src/target.ts";
import { createReceipt, createSearchOptions, ELF_ARM64, ELF_X64, useTrees } from "./search/library-tree.ts";
import type { Entry } from "./search/library-tree.ts";

const createTree = useTrees();
const NOT_YET = "this build cannot install plugins";
const NO_GPU = "no NVIDIA GPU is found";
const NO_TPU = "no TPU is found";
const LINUX: Platform = { os: "linux", arch: "x64", libc: "glibc" };
const BUNDLED = { "onnx:cpu": { version: "1.30.0", sizeBytes: 30_000_000 }, "xla:cpu": { version: "0.11.2", sizeBytes: 201_000_000 } };
const LOCKED = { "xla:cuda": { version: "0.12.0.1", downloadBytes: 2_090_000_000, sizeBytes: 3_330_000_000 } };

const NOTHING: Hardware = {
  nvidia: { state: "absent", found: "no NVIDIA GPU", gpus: [], isWsl: false },
  tpu: { state: "absent", found: "no TPU", chips: 0 },
  isContainer: false,
  overrides: [],
};
const BOTH: Hardware = {
  ...NOTHING,
  nvidia: { state: "usable", found: "1 GPU", gpus: [], isWsl: false, cudaMajor: 13 },
  tpu: { state: "usable", found: "4 chips", chips: 4 },
};

interface Case extends Partial<Omit<ListPluginsOptions, "searches">> {
  search?: Partial<SearchOptions>;
}

/** Rows over the real walk of a folder with these entries. */
function list(entries: Readonly<Record<string, Entry>> = {}, { search, ...changes }: Case = {}): { dir: string; rows: PluginRow[] } {
  const dir = createTree(entries);
  const options = { platform: LINUX, hardware: NOTHING, bundled: BUNDLED, locked: {}, ...changes };
  const { bundled, platform } = options;
  const walk = (target: Target) => {
    const isBundled = Object.hasOwn(bundled, target);
    return searchLibrary(target, createSearchOptions(dir, { platform, isBundled, ...search }));
  };
  return { dir, rows: listPlugins({ ...options, searches: TARGETS.map(walk) }) };
}

function findRow(name: Target, entries?: Readonly<Record<string, Entry>>, changes?: Case) {
  const { dir, rows } = list(entries, changes);
  return { dir, row: rows.find((row) => row.name === name) };
}

const INSTALLED: Readonly<Record<string, Entry>> = {
  "xla/cuda/current": { "->": "versions/0.11.9" },
  "xla/cuda/versions/0.11.9/receipt.json": createReceipt("xla:cuda", "0.11.9", { "jax_plugins/xla_cuda13/xla_cuda_plugin.so": 100, nccl: 900 }),
  "xla/cuda/versions/0.11.9/jax_plugins/xla_cuda13/xla_cuda_plugin.so": ELF_X64,
};

describe("listPlugins() without any plugin", () => {
  test("lists every target; without hardware each GPU one says so", () => {
    expect(list().rows).toEqual([
      { name: "onnx:cuda", status: "unsupported", reason: NO_GPU },
      { name: "xla:cuda", status: "unsupported", reason: NO_GPU },
      { name: "xla:tpu", status: "unsupported", reason: NO_TPU },
      { name: "onnx:cpu", status: "bundled", version: "1.30.0", sizeBytes: 30_000_000 },
      { name: "xla:cpu", status: "bundled", version: "0.11.2", sizeBytes: 201_000_000 },
    ]);
  });

  test("says that this build cannot install when the hardware fits and no lock knows the plugin", () => {
    const { rows } = list({}, { hardware: BOTH });
    expect(rows.slice(0, 3)).toEqual([
      { name: "onnx:cuda", status: "unsupported", reason: NOT_YET },
      { name: "xla:cuda", status: "unsupported", reason: NOT_YET },
      { name: "xla:tpu", status: "unsupported", reason: NOT_YET },
    ]);
  });

  test("is available when the hardware fits and the lock knows it, with the lock's version and sizes", () => {
    expect(findRow("xla:cuda", {}, { hardware: BOTH, locked: LOCKED }).row).toEqual({
      name: "xla:cuda", status: "available", availableVersion: "0.12.0.1", downloadBytes: 2_090_000_000, sizeBytes: 3_330_000_000,
    });
    expect(findRow("xla:cuda", {}, { locked: LOCKED }).row).toEqual({ name: "xla:cuda", status: "unsupported", reason: NO_GPU });
  });

  test("names what the hardware lacks", () => {
    const nvidia: NvidiaHardware = { state: "driver_too_old", found: "driver 470.57.02", needed: "525.60.13 or newer", gpus: [], isWsl: false };
    expect(findRow("onnx:cuda", {}, { hardware: { ...NOTHING, nvidia } }).row?.reason).toBe("found driver 470.57.02, need 525.60.13 or newer");
  });

  test.each([
    [{ os: "linux", arch: "arm64", libc: "glibc" }, "xla:tpu", "there is no such library for linux-arm64"],
    [{ os: "linux", arch: "arm64", libc: "glibc" }, "xla:cuda", NOT_YET],
    [{ os: "linux", arch: "x64" }, "onnx:cuda", NOT_YET],
    [{ os: "linux", arch: "x64", libc: "musl" }, "onnx:cuda", "there is no such library for linux-x64 with musl"],
    [{ os: "darwin", arch: "arm64" }, "xla:cuda", "there is no such library for darwin-arm64"],
    [{ os: "win32", arch: "x64" }, "xla:tpu", "there is no such library for win32-x64"],
    [{ os: "darwin", arch: "arm64" }, "xla:cpu", "no PJRT CPU plugin is published for darwin-arm64"],
    [{ os: "linux", arch: "x64" }, "xla:cpu", "not inside this build"],
    [{ os: "linux", arch: "x64" }, "onnx:cpu", "not inside this build"],
  ] as const)("says of %p about %s why it is unsupported", (platform, name, reason) => {
    expect(findRow(name, {}, { platform, hardware: BOTH, bundled: {} }).row).toEqual({ name, status: "unsupported", reason });
  });
});

describe("listPlugins() with a plugin", () => {
  test("shows version, size and place of the receipt", () => {
    const { dir, row } = findRow("xla:cuda", INSTALLED, { hardware: BOTH });
    expect(row).toEqual({ name: "xla:cuda", status: "installed", version: "0.11.9", path: `${dir}/xla/cuda/versions/0.11.9`, sizeBytes: 1000 });
  });

  test("is outdated when the lock gives another version, and names it", () => {
    const { dir, row } = findRow("xla:cuda", INSTALLED, { hardware: BOTH, locked: LOCKED });
    expect(row).toEqual({
      name: "xla:cuda", status: "outdated", version: "0.11.9", availableVersion: "0.12.0.1",
      downloadBytes: 2_090_000_000, path: `${dir}/xla/cuda/versions/0.11.9`, sizeBytes: 1000,
    });
  });

  test("is installed when the lock gives the same version", () => {
    const locked = { "xla:cuda": { ...LOCKED["xla:cuda"], version: "0.11.9" } };
    expect(findRow("xla:cuda", INSTALLED, { hardware: BOTH, locked }).row?.status).toBe("installed");
  });

  test("stays installed on a machine that cannot use it, and says why", () => {
    expect(findRow("xla:cuda", INSTALLED).row).toMatchObject({ status: "installed", version: "0.11.9", reason: NO_GPU });
  });

  const provider = "libonnxruntime_providers_cuda.so";
  const placed: [Target, string, string, Record<string, Entry>, string | undefined][] = [
    ["xla:cuda", "xla/cuda", "pjrt_c_api_cuda_plugin.so", {}, undefined],
    ["xla:tpu", "xla/tpu", "pjrt-plugin-tpu.so", {}, undefined],
    ["xla:tpu", "xla/tpu/current", "libtpu.so", {}, undefined],
    ["onnx:cuda", "onnx/cuda/lib", "libonnxruntime.so.1.31.1", { [`onnx/cuda/lib/${provider}`]: ELF_X64 }, "1.31.1"],
    ["onnx:cuda", "onnx/linux-amd64/lib", "libonnxruntime.so.1", { [`onnx/linux-amd64/lib/${provider}`]: ELF_X64 }, undefined],
  ];
  test.each(placed)("%s in plugins_dir/%s is placed by hand (%s)", (target, folder, file, beside, version) => {
    const { dir, row } = findRow(target, { [`${folder}/${file}`]: ELF_X64, ...beside }, { hardware: BOTH });
    expect(row).toEqual({
      name: target, status: "installed", ...(version !== undefined && { version }), reason: "placed by hand", path: `${dir}/${folder}`, sizeBytes: 100,
    });
  });

  test("says both who put it there and what the machine lacks", () => {
    expect(findRow("xla:tpu", { "xla/tpu/pjrt_c_api_tpu_plugin.so": ELF_X64 }).row?.reason).toBe("placed by hand; no TPU is found");
  });

  test("says which bundled engine a library takes the place of", () => {
    const { dir, row } = findRow("onnx:cpu", { "onnx/linux-amd64/lib/libonnxruntime.so.1.22.0": ELF_X64 });
    expect(row).toEqual({
      name: "onnx:cpu", status: "installed", version: "1.22.0", reason: "placed by hand; used instead of the bundled 1.30.0",
      path: `${dir}/onnx/linux-amd64/lib`, sizeBytes: 100,
    });
  });

  test("names the variable, and the folder of the system, that a library was found through", () => {
    const folder = createTree({ "pjrt_c_api_cpu_plugin.so": ELF_X64, "libonnxruntime.so": ELF_X64 });
    const environment = { PJRT_PLUGIN_LIBRARY_PATH: folder, LD_LIBRARY_PATH: folder };
    expect(findRow("xla:cpu", {}, { search: { environment } }).row).toEqual({
      name: "xla:cpu", status: "installed", path: folder, sizeBytes: 100,
      reason: "named by PJRT_PLUGIN_LIBRARY_PATH; used instead of the bundled 0.11.2",
    });
    const bundled = {};
    expect(findRow("onnx:cpu", {}, { bundled, search: { environment, allowSystem: true } }).row?.reason).toBe("found through LD_LIBRARY_PATH");
  });
});

describe("listPlugins() with what does not count", () => {
  const hardware = BOTH;
  test.each([
    ["a dangling link", { "xla/tpu/current": { "->": "versions/9" } }, 'passed over plugins_dir/xla/tpu/current: found the link "current" to "versions/9", which is not there'],
    ["a broken receipt", { "xla/tpu/current/receipt.json": "7" }, 'passed over plugins_dir/xla/tpu/current: found a broken "receipt.json": the whole: Invalid type: Expected Object but received 7'],
    ["another machine's library", { "xla/tpu/pjrt_plugin_tpu.so": ELF_ARM64 }, 'passed over plugins_dir/xla/tpu: found "pjrt_plugin_tpu.so", an ELF library for aarch64, need an ELF library for x86-64'],
  ] as [string, Record<string, Entry>, string][])("is unsupported and says why when there is %s", (_, entries, reason) => {
    expect(findRow("xla:tpu", entries, { hardware }).row).toEqual({ name: "xla:tpu", status: "unsupported", reason: `${NOT_YET}; ${reason}` });
  });

  test("is bundled and says why another library is not used", () => {
    expect(findRow("onnx:cpu", { "onnx/cpu/lib/libonnxruntime.so": "" }).row).toEqual({
      name: "onnx:cpu", status: "bundled", version: "1.30.0", sizeBytes: 30_000_000,
      reason: 'passed over plugins_dir/onnx/cpu/lib: found "libonnxruntime.so", which is empty',
    });
  });
});
