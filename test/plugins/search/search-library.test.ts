import { describe, expect, test } from "bun:test";
import { chmodSync, chownSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { searchLibrary } from "../../../src/plugins/search/search-library.ts";
import type { SearchOptions } from "../../../src/plugins/search/search-library.ts";
import type { Target } from "../../../src/target.ts";
import { createElf, createMachO, createPe, createReceipt, createSearchOptions, ELF_ARM64, ELF_X64, useTrees } from "./library-tree.ts";
import type { Entry } from "./library-tree.ts";

const createTree = useTrees();
const PROVIDER = "libonnxruntime_providers_cuda.so";
const SHARED_PROVIDER = "libonnxruntime_providers_shared.so";

function search(target: Target, dir: string, changes: Partial<SearchOptions> = {}) {
  return searchLibrary(target, createSearchOptions(dir, changes));
}

/** What is said of the place whose name ends so. */
function findPlace(target: Target, dir: string, { name, ...changes }: Partial<SearchOptions> & { name: string }) {
  const place = search(target, dir, changes).places.find((place) => place.name.endsWith(name));
  return { outcome: place?.outcome, ...(place?.reason !== undefined && { reason: place.reason }) };
}

describe("searchLibrary() finds", () => {
  const jax = "versions/0.12.0.1/jax_plugins/xla_cuda13/xla_cuda_plugin.so";
  const receipt = createReceipt("xla:cuda", "0.12.0.1", { "jax_plugins/xla_cuda13/xla_cuda_plugin.so": 100, "nvidia/x": 900 });
  const installed: Record<string, Entry> = {
    [`xla/cuda/${jax}`]: ELF_X64,
    "xla/cuda/versions/0.12.0.1/receipt.json": receipt,
    "xla/cuda/current": { "->": "versions/0.12.0.1" },
    "xla/cuda/pjrt_c_api_cuda_plugin.so": { "->": "current/jax_plugins/xla_cuda13/xla_cuda_plugin.so" },
  };

  test("what was installed, by its real path and with the receipt's version and size", () => {
    const dir = createTree(installed);
    const { found, places } = search("xla:cuda", dir);
    const path = join(dir, "xla/cuda/versions/0.12.0.1");
    expect(found).toEqual({ origin: "installed", libraryPath: join(dir, "xla/cuda", jax), version: "0.12.0.1", sizeBytes: 1000, path });
    expect(places.map(({ outcome }) => outcome)).toEqual(["found", "not reached", "not reached", "not reached", "not reached"]);
  });

  test("what was installed, when plugins_dir itself is a link", () => {
    const dir = createTree(installed);
    symlinkSync(dir, `${dir}-link`);
    expect(search("xla:cuda", `${dir}-link`).found?.libraryPath).toBe(join(dir, "xla/cuda", jax));
  });

  test("a library with its provider, when plugins_dir itself is a link", () => {
    const dir = createTree({ "onnx/cuda/lib/libonnxruntime.so": ELF_X64, [`onnx/cuda/lib/${PROVIDER}`]: ELF_X64 });
    // A folder that others may write to, as the temporary folder is, is no concern of what lies below plugins_dir.
    const open = createTree({ "plugins": { "->": dir } });
    chmodSync(open, 0o777);
    expect(search("onnx:cuda", join(open, "plugins")).found?.libraryPath).toBe(join(dir, "onnx/cuda/lib/libonnxruntime.so"));
  });

  const placed: [Target, string, string[]][] = [
    ["xla:cuda", "xla/cuda/pjrt_c_api_cuda_plugin.so", []],
    ["xla:cuda", "xla/cuda/pjrt-plugin-cuda.so", []],
    ["xla:tpu", "xla/tpu/pjrt_plugin_tpu.so", []],
    ["xla:cpu", "xla/cpu/pjrt_c_api_cpu_plugin.so", []],
    ["onnx:cpu", "onnx/cpu/lib/libonnxruntime.so", []],
    ["onnx:cpu", "onnx/linux-amd64/lib/libonnxruntime.so.1", []],
    ["onnx:cpu", "onnx/linux-x64/lib/libonnxruntime.so", []],
    ["onnx:cuda", "onnx/cuda/lib/libonnxruntime.so", [PROVIDER]],
    ["onnx:cuda", "onnx/linux-amd64/lib/libonnxruntime.so", [PROVIDER]],
  ];
  test.each(placed)("%s at plugins_dir/%s, put there by hand", (target, path, beside) => {
    const dir = createTree({ [path]: ELF_X64, ...Object.fromEntries(beside.map((name) => [join(dirname(path), name), ELF_X64])) });
    const { found, places } = search(target, dir, { isBundled: true });
    expect(found).toEqual({ origin: "placed", libraryPath: join(dir, path), sizeBytes: 100, path: join(dir, dirname(path)) });
    expect(places.find(({ outcome }) => outcome === "found")?.name).toBe(`plugins_dir/${dirname(path)}`);
  });

  const trees: [Target, string, string[]][] = [
    ["xla:cuda", "pjrt_c_api_cuda_plugin.so", []],
    ["xla:cuda", "jax_plugins/xla_cuda12/xla_cuda_plugin.so", []],
    ["xla:tpu", "libtpu/libtpu.so", []],
    ["onnx:cuda", "lib/libonnxruntime.so", [`lib/${PROVIDER}`]],
    ["onnx:cuda", "onnxruntime/capi/libonnxruntime.so", [`onnxruntime/capi/${PROVIDER}`]],
  ];
  test.each(trees)("%s in a folder current/%s without a receipt, as put there by hand", (target, path, beside) => {
    const current = `${target.replace(":", "/")}/current`;
    const dir = createTree(Object.fromEntries([path, ...beside].map((name) => [join(current, name), ELF_X64])));
    expect(search(target, dir).found).toEqual({
      origin: "placed", libraryPath: join(dir, current, path), sizeBytes: 100, path: join(dir, current),
    });
  });

  test("what PJRT_PLUGIN_LIBRARY_PATH names, the first folder that has it", () => {
    const dir = createTree({ "a/readme": "x", "b/pjrt_c_api_cpu_plugin.so": { "->": "pjrt_c_api_cpu_v0.83.1_plugin.so" }, "b/pjrt_c_api_cpu_v0.83.1_plugin.so": ELF_X64 });
    const environment = { PJRT_PLUGIN_LIBRARY_PATH: `${dir}/a:${dir}/b` };
    const { found, places } = search("xla:cpu", join(dir, "plugins"), { environment, isBundled: true });
    const libraryPath = join(dir, "b/pjrt_c_api_cpu_v0.83.1_plugin.so");
    expect(found).toEqual({ origin: "variable", libraryPath, version: "0.83.1", sizeBytes: 100, path: join(dir, "b") });
    expect(places.map(({ outcome }) => outcome)).toEqual(["absent", "absent", "absent", "found", "not reached", "not reached", "not reached"]);
  });

  test.each(["linux-amd64/lib", "linux-x64/lib", "lib"])("what ONNXRUNTIME_ROOT has in %s", (folder) => {
    const dir = createTree({ [`root/${folder}/libonnxruntime.so.1.22.0`]: ELF_X64 });
    const environment = { ONNXRUNTIME_ROOT: join(dir, "root") };
    expect(search("onnx:cpu", join(dir, "plugins"), { environment, isBundled: true }).found).toEqual({
      origin: "variable", libraryPath: join(dir, "root", folder, "libonnxruntime.so.1.22.0"), version: "1.22.0", sizeBytes: 100, path: join(dir, "root", folder),
    });
  });

  test.each(["onnx:cpu", "xla:cpu"] as const)("the bundled %s when nothing else is there, and extracts nothing", (target) => {
    const { found, places } = search(target, createTree(), { isBundled: true });
    expect(found).toEqual({ origin: "bundled" });
    expect(places.at(-1)).toMatchObject({ outcome: "not reached", reason: "plugins.allow_system is false" });
  });

  test("what lies around, with plugins.allow_system alone", () => {
    const dir = createTree({ "home/.local/lib/go-xla/pjrt_c_api_cuda_plugin.so": ELF_X64, "ld/libonnxruntime.so": ELF_X64 });
    const changes = { userHome: join(dir, "home"), environment: { LD_LIBRARY_PATH: join(dir, "ld") } };
    const plugins = join(dir, "plugins");
    expect(search("xla:cuda", plugins, { ...changes, allowSystem: true }).found?.origin).toBe("system");
    expect(search("onnx:cpu", plugins, { ...changes, allowSystem: true }).found?.path).toBe(join(dir, "ld"));
    expect(search("xla:cuda", plugins, changes).found).toBeUndefined();
    expect(findPlace("onnx:cpu", plugins, { ...changes, name: "LD_LIBRARY_PATH" })).toEqual({
      outcome: "passed over", reason: "plugins.allow_system is false",
    });
  });

  test("the highest version when several lie in one folder, also behind links", () => {
    const dir = createTree({
      "onnx/cpu/lib/libonnxruntime.so": { "->": "libonnxruntime.so.1.9.0" },
      "onnx/cpu/lib/libonnxruntime.so.1.9.0": ELF_X64,
      "onnx/cpu/lib/libonnxruntime.so.1.31.1": ELF_X64,
      "onnx/cpu/lib/libonnxruntime.so.1.4": ELF_X64,
    });
    expect(search("onnx:cpu", dir).found).toMatchObject({ version: "1.31.1", libraryPath: join(dir, "onnx/cpu/lib/libonnxruntime.so.1.31.1") });
  });

  test("the next file of a folder when the best is not for this machine", () => {
    const dir = createTree({ "xla/cpu/pjrt_c_api_cpu_plugin.so": ELF_ARM64, "xla/cpu/pjrt_plugin_cpu.so": ELF_X64 });
    expect(search("xla:cpu", dir).found?.libraryPath).toBe(join(dir, "xla/cpu/pjrt_plugin_cpu.so"));
  });

  test.each([
    [{ os: "darwin", arch: "arm64" }, "xla:cpu", "xla/cpu/pjrt_c_api_cpu_plugin.dylib", createMachO(0x0100000c)],
    [{ os: "darwin", arch: "arm64" }, "onnx:cpu", "onnx/darwin-arm64/lib/libonnxruntime.1.30.0.dylib", createMachO(0x0100000c)],
    [{ os: "win32", arch: "x64" }, "onnx:cpu", "onnx/windows-amd64/lib/onnxruntime.dll", createPe(0x8664)],
  ] as const)("a library of another system there: %p %s", (platform, target, path, bytes) => {
    const dir = createTree({ [path]: bytes });
    expect(search(target, dir, { platform }).found?.libraryPath).toBe(join(dir, path));
  });
});

describe("searchLibrary() for a GPU takes a CPU build in a folder for both as absent", () => {
  const reason = `found "libonnxruntime.so.1.22.0" and no "${PROVIDER}" beside it`;

  test.each([
    ["onnx/linux-amd64/lib", "plugins/onnx/linux-amd64/lib"],
    ["ONNXRUNTIME_ROOT/lib", "root/lib"],
    ["LD_LIBRARY_PATH", "system"],
  ])("%s", (name, folder) => {
    const dir = createTree({ [`${folder}/libonnxruntime.so.1.22.0`]: ELF_X64, "plugins/x": "" });
    const environment = { ONNXRUNTIME_ROOT: join(dir, "root"), LD_LIBRARY_PATH: join(dir, "system") };
    const changes = { environment, allowSystem: true, name };
    expect(findPlace("onnx:cuda", join(dir, "plugins"), changes)).toEqual({ outcome: "absent", reason });
  });

  test("but not what is wrong in itself", () => {
    const dir = createTree({ "onnx/linux-amd64/lib/libonnxruntime.so.1.22.0": ELF_X64, "onnx/linux-amd64/lib/libonnxruntime.so.1": "" });
    expect(findPlace("onnx:cuda", dir, { name: "amd64/lib" })).toEqual({
      outcome: "passed over", reason: `${reason}; found "libonnxruntime.so.1", which is empty`,
    });
  });
});

describe("searchLibrary() passes over", () => {
  const current = "xla/cuda/current";
  const library = `${current}/pjrt_c_api_cuda_plugin.so`;
  const lib = "onnx/cpu/lib/libonnxruntime.so";
  const cases: [string, Target, Record<string, Entry>, string, (dir: string) => string][] = [
    ["a dangling current", "xla:cuda", { [current]: { "->": "versions/9" } }, "/current", () => 'found the link "current" to "versions/9", which is not there'],
    ["a current that is a file", "xla:cuda", { [current]: "x" }, "/current", () => 'found "current", which is not a folder'],
    ["a current that leads back to itself", "xla:cuda", { [current]: { "->": "current" } }, "/current", () => "cannot read it: a link that leads back to itself"],
    ["a version without a receipt", "xla:cuda", { [current]: { "->": "versions/1" }, "xla/cuda/versions/1/x": "x" }, "/current",
      () => 'found no "receipt.json" in "versions/1": a version without it was never published'],
    ["a receipt that is not JSON", "xla:cuda", { [`${current}/receipt.json`]: "{", [library]: ELF_X64 }, "/current",
      () => `found a broken "receipt.json": JSON Parse error: Expected '}'`],
    ["a receipt without a version", "xla:cuda", { [`${current}/receipt.json`]: '{"plugin": "xla:cuda"}', [library]: ELF_X64 }, "/current",
      () => 'found a broken "receipt.json": version: Invalid key: Expected "version" but received undefined'],
    ["a receipt that is a folder", "xla:cuda", { [`${current}/receipt.json`]: null }, "/current",
      () => 'found "receipt.json", which is not a regular file'],
    ["a receipt of absurd size", "xla:cuda", { [`${current}/receipt.json`]: new Uint8Array(2 ** 24 + 1) }, "/current",
      () => 'found a broken "receipt.json": 16777217 bytes'],
    ["a receipt whose files lead out", "xla:cuda", { [`${current}/receipt.json`]: createReceipt("xla:cuda", "1", { "../../x.so": 1 }) }, "/current",
      () => 'found a broken "receipt.json": files.0.path: a path that leads out of the folder'],
    ["a receipt whose files lead out behind a line's end", "xla:tpu",
      { "xla/tpu/current/receipt.json": createReceipt("xla:tpu", "1", { "a\n/../../../libtpu.so": 100 }), "xla/libtpu.so": ELF_X64, "xla/tpu/current/a\n/x": "x" }, "/current",
      () => 'found a broken "receipt.json": files.0.path: a path that leads out of the folder'],
    ["a receipt with an empty segment", "xla:tpu", { "xla/tpu/current/receipt.json": createReceipt("xla:tpu", "1", { "a//libtpu.so": 1 }) }, "/current",
      () => 'found a broken "receipt.json": files.0.path: a path that leads out of the folder'],
    ["a receipt whose library is a link out of the version", "xla:tpu",
      { "xla/tpu/current/receipt.json": createReceipt("xla:tpu", "1", { "libtpu.so": 100 }), "xla/tpu/current/libtpu.so": { "->": "../../other.so" }, "xla/other.so": ELF_X64 }, "/current",
      (dir) => `found "libtpu.so", a link to "${dir}/xla/other.so", which is outside the version`],
    ["a receipt of another plugin", "xla:cuda", { [`${current}/receipt.json`]: createReceipt("xla:tpu", "1", { "libtpu.so": 1 }) }, "/current",
      () => 'found a receipt of "xla:tpu", need one of "xla:cuda"'],
    ["a receipt with a size that is no whole number", "xla:tpu",
      { "xla/tpu/current/receipt.json": createReceipt("xla:tpu", "1", { "libtpu.so": 2 ** 53 }), "xla/tpu/current/libtpu.so": ELF_X64 }, "/current",
      () => 'found a broken "receipt.json": files.0.sizeBytes: Invalid safe integer: Received 9007199254740992'],
    ["a receipt with sizes that nobody can add", "xla:tpu",
      { "xla/tpu/current/receipt.json": createReceipt("xla:tpu", "1", { "libtpu.so": 100, x: 2 ** 53 - 1 }), "xla/tpu/current/libtpu.so": ELF_X64 }, "/current",
      () => 'found a broken "receipt.json": files: sizes whose sum is too large to be one'],
    ["a receipt without a library", "xla:tpu", { "xla/tpu/current/receipt.json": createReceipt("xla:tpu", "1", { x: 1 }) }, "/current",
      () => 'found a receipt without "pjrt_c_api_tpu_plugin.so", "pjrt-plugin-tpu.so", "pjrt_plugin_tpu.so", "libtpu.so"'],
    ["a receipt whose library is gone", "xla:tpu", { "xla/tpu/current/receipt.json": createReceipt("xla:tpu", "1", { "libtpu/libtpu.so": 1 }) }, "/current",
      () => 'found no "libtpu/libtpu.so", which the receipt lists'],
    ["a library that was cut", "xla:tpu", { "xla/tpu/current/receipt.json": createReceipt("xla:tpu", "1", { "libtpu.so": 101 }), "xla/tpu/current/libtpu.so": ELF_X64 }, "/current",
      () => 'found "libtpu.so" with 100 bytes, the receipt says 101'],
    ["a link of an install whose version does not count", "xla:cuda",
      { "xla/cuda/versions/1/a.so": ELF_X64, "xla/cuda/pjrt_c_api_cuda_plugin.so": { "->": "versions/1/a.so" } }, "xla/cuda",
      () => 'found "pjrt_c_api_cuda_plugin.so", a link into "versions", which counts only through "current"'],
    ["a dangling link", "onnx:cpu", { [lib]: { "->": "libonnxruntime.so.2" } }, "cpu/lib", () => 'found the link "libonnxruntime.so" to "libonnxruntime.so.2", which is not there'],
    ["a folder of that name", "onnx:cpu", { [lib]: null }, "cpu/lib", () => 'found "libonnxruntime.so", which is not a regular file'],
    ["an empty file", "onnx:cpu", { [lib]: "" }, "cpu/lib", () => 'found "libonnxruntime.so", which is empty'],
    ["no library", "onnx:cpu", { [lib]: "/* GNU ld script */" }, "cpu/lib", () => 'found "libonnxruntime.so", no library, need an ELF library for x86-64'],
    ["the library of another machine", "onnx:cpu", { [lib]: ELF_ARM64 }, "cpu/lib",
      () => 'found "libonnxruntime.so", an ELF library for aarch64, need an ELF library for x86-64'],
    ["two bad files", "onnx:cpu", { [lib]: "", [`${lib}.1.2.3`]: createElf(62, 32) }, "cpu/lib",
      () => 'found "libonnxruntime.so.1.2.3", a 32-bit ELF library for x86-64, need an ELF library for x86-64; found "libonnxruntime.so", which is empty'],
    ["a CPU build in the folder for a GPU", "onnx:cuda", { "onnx/cuda/lib/libonnxruntime.so": ELF_X64 }, "cuda/lib",
      () => 'found "libonnxruntime.so" and no "libonnxruntime_providers_cuda.so" beside it'],
    ["a provider that is a dangling link", "onnx:cuda", { "onnx/cuda/lib/libonnxruntime.so": ELF_X64, [`onnx/cuda/lib/${PROVIDER}`]: { "->": "x" } }, "cuda/lib",
      () => `found the link "${PROVIDER}" to "x", which is not there`],
    ["a provider that is a folder", "onnx:cuda", { "onnx/cuda/lib/libonnxruntime.so": ELF_X64, [`onnx/cuda/lib/${PROVIDER}`]: null }, "cuda/lib",
      () => `found "${PROVIDER}", which is not a regular file`],
    ["a provider of another machine", "onnx:cuda", { "onnx/cuda/lib/libonnxruntime.so": ELF_X64, [`onnx/cuda/lib/${PROVIDER}`]: ELF_ARM64 }, "cuda/lib",
      () => `found "${PROVIDER}", an ELF library for aarch64, need an ELF library for x86-64`],
    ["a file in place of a folder", "onnx:cpu", { "onnx/cpu/lib": "x" }, "cpu/lib", () => "cannot read it: a file where a folder should be"],
  ];
  test.each(cases)("%s (%s)", (_, target, entries, name, reason) => {
    const dir = createTree(entries);
    expect(findPlace(target, dir, { name })).toEqual({ outcome: "passed over", reason: reason(dir) });
  });

  test("a link that leaves plugins_dir, at current and at a file", () => {
    const outside = createTree({ "pjrt_c_api_cuda_plugin.so": ELF_X64 });
    const dir = createTree({ "xla/cuda/current": { "->": outside }, "xla/cuda/pjrt_plugin_cuda.so": { "->": join(outside, "pjrt_c_api_cuda_plugin.so") } });
    expect(findPlace("xla:cuda", dir, { name: "/current" }).reason).toBe(`found "current", a link to "${outside}", which is outside plugins_dir "${dir}"`);
    expect(findPlace("xla:cuda", dir, { name: "xla/cuda" }).reason).toBe(
      `found "pjrt_plugin_cuda.so", a link to "${outside}/pjrt_c_api_cuda_plugin.so", which is outside plugins_dir "${dir}"`,
    );
  });

  test.each(["", "onnx", "onnx/cuda", "onnx/cuda/lib", "onnx/cuda/lib/libonnxruntime.so", `onnx/cuda/lib/${PROVIDER}`, `onnx/cuda/lib/${SHARED_PROVIDER}`])(
    'anything below plugins_dir when others may write to "%s" of it', (path) => {
      const names = ["libonnxruntime.so", PROVIDER, SHARED_PROVIDER];
      const dir = createTree(Object.fromEntries(names.map((name) => [`onnx/cuda/lib/${name}`, ELF_X64])));
      const open = join(dir, path);
      chmodSync(open, 0o777);
      expect(findPlace("onnx:cuda", dir, { name: "cuda/lib" })).toEqual({
        outcome: "passed over", reason: `found "${open}" writable by others: chmod o-w "${open}"`,
      });
    });

  test.each([PROVIDER, SHARED_PROVIDER])("a library whose %s is a link out of plugins_dir", (name) => {
    const outside = createTree({ "evil.so": ELF_X64 });
    const dir = createTree({
      "onnx/cuda/lib/libonnxruntime.so": ELF_X64, [`onnx/cuda/lib/${PROVIDER}`]: ELF_X64, [`onnx/cuda/open/${name}`]: { "->": join(outside, "evil.so") },
    });
    rmSync(join(dir, "onnx/cuda/lib", name), { force: true });
    symlinkSync(`../open/${name}`, join(dir, "onnx/cuda/lib", name));
    expect(findPlace("onnx:cuda", dir, { name: "cuda/lib" })).toEqual({
      outcome: "passed over", reason: `found "${name}", a link to "${outside}/evil.so", which is outside plugins_dir "${dir}"`,
    });
  });

  test.each(["libonnxruntime.so", PROVIDER])("a link %s that hops through a folder that others may write to", (name) => {
    const dir = createTree({
      "onnx/cuda/lib/libonnxruntime.so": ELF_X64, [`onnx/cuda/lib/${PROVIDER}`]: ELF_X64,
      "open/deep/hop.so": { "->": `../../good/${name}` }, [`good/${name}`]: ELF_X64, [`good/${PROVIDER}`]: ELF_X64,
    });
    rmSync(join(dir, "onnx/cuda/lib", name));
    symlinkSync("../../../open/deep/hop.so", join(dir, "onnx/cuda/lib", name));
    expect(findPlace("onnx:cuda", dir, { name: "cuda/lib" }).outcome).toBe("found");
    for (const folder of ["open/deep", "open"].map((path) => join(dir, path))) {
      chmodSync(folder, 0o777);
      expect(findPlace("onnx:cuda", dir, { name: "cuda/lib" })).toEqual({
        outcome: "passed over", reason: `found "${folder}" writable by others: chmod o-w "${folder}"`,
      });
      chmodSync(folder, 0o755);
    }
  });

  test("a link that a variable's folder holds when it hops through a folder that others may write to", () => {
    const dir = createTree({ "own/pjrt_plugin_cpu.so": { "->": "../open/hop.so" }, "open/hop.so": { "->": "../good/a.so" }, "good/a.so": ELF_X64 });
    const place = { name: "PJRT_PLUGIN_LIBRARY_PATH", environment: { PJRT_PLUGIN_LIBRARY_PATH: join(dir, "own") } };
    expect(findPlace("xla:cpu", join(dir, "plugins"), place).outcome).toBe("found");
    const open = join(dir, "open");
    chmodSync(open, 0o777);
    expect(findPlace("xla:cpu", join(dir, "plugins"), place).reason).toBe(`found "${open}" writable by others: chmod o-w "${open}"`);
  });

  test("an installed version when others may write to the folder of its link", () => {
    const dir = createTree({
      "mine/libtpu.so": ELF_X64,
      "mine/receipt.json": createReceipt("xla:tpu", "1", { "libtpu.so": 100 }),
      "xla/tpu/current": { "->": "../../mine" },
    });
    expect(search("xla:tpu", dir).found?.origin).toBe("installed");
    chmodSync(join(dir, "xla/tpu"), 0o757);
    const open = join(dir, "xla/tpu");
    expect(findPlace("xla:tpu", dir, { name: "/current" }).reason).toBe(`found "${open}" writable by others: chmod o-w "${open}"`);
  });

  test("a library of another user, also where a variable names it", () => {
    const dir = createTree({ "own/pjrt_c_api_cpu_plugin.so": ELF_X64 });
    const file = join(dir, "own/pjrt_c_api_cpu_plugin.so");
    const uid = process.getuid?.() ?? 0;
    // Root's files are everyone's to use: as root the file has to be given away, otherwise it is enough to ask as another.
    if (uid === 0) chownSync(file, 4321, 4321);
    const owner = uid === 0 ? { uid: 0, gid: 0 } : { uid: uid + 1, gid: uid + 1 };
    const environment = { PJRT_PLUGIN_LIBRARY_PATH: join(dir, "own") };
    const named = uid === 0 ? file : join(dir, "own");
    const needed = uid === 0 ? "root" : `user ${uid + 1} or root`;
    expect(findPlace("xla:cpu", join(dir, "plugins"), { name: "PJRT_PLUGIN_LIBRARY_PATH", environment, owner }).reason).toBe(
      `found "${named}" owned by user ${uid === 0 ? 4321 : uid}, need ${needed}: chown ${owner.uid} "${named}"`,
    );
  });

  test("everything when plugins_dir is a file, and throws nothing", () => {
    const file = join(createTree({ plugins: "x" }), "plugins");
    expect(search("onnx:cuda", file).places.slice(0, 2)).toEqual(
      ["current", "lib"].map((name) => ({
        name: `plugins_dir/onnx/cuda/${name}`, path: join(file, "onnx/cuda", name), outcome: "passed over", reason: "cannot read it: a file where a folder should be",
      })),
    );
  });
});

describe("searchLibrary() says that nothing is there", () => {
  test.each([
    ["xla:cuda", { "xla/cuda/readme": "x" }, "xla/cuda", 'found no "pjrt_c_api_cuda_plugin.so", "pjrt-plugin-cuda.so", "pjrt_plugin_cuda.so" in it'],
    ["onnx:cpu", { "onnx/cpu/lib/libonnxruntime.so.old": "x" }, "cpu/lib", 'found no "libonnxruntime.so*" in it'],
    ["onnx:cuda", { "onnx/cuda/current/readme": "x" }, "/current", 'found neither "receipt.json" nor "libonnxruntime.so*" in it'],
    ["xla:tpu", {}, "/current", undefined],
  ] as [Target, Record<string, Entry>, string, string | undefined][])("of %s in %p", (target, entries, name, reason) => {
    const dir = createTree(entries);
    expect(findPlace(target, dir, { name })).toEqual({ outcome: "absent", ...(reason !== undefined && { reason }) });
    expect(search(target, dir).found).toBeUndefined();
  });
});
