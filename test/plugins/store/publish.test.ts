import { describe, expect, test } from "bun:test";
import { chmodSync, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readReceipt } from "../../../src/plugins/search/receipt.ts";
import { createSearchOptions } from "../search/library-tree.ts";
import { searchLibrary } from "../../../src/plugins/search/search-library.ts";
import { readInstalled } from "../../../src/plugins/store/installed.ts";
import { findInstallReason } from "../../../src/plugins/store/install-reason.ts";
import { resolvePluginPaths, resolveStorePaths } from "../../../src/plugins/store/paths.ts";
import { holdVersion } from "../../../src/plugins/store/version-hold.ts";
import { verifyInstalled } from "../../../src/plugins/store/verify-installed.ts";
import { createPlugin, createVersion, publishPlugin, usePluginsDirs } from "./make-plugin.ts";

const createDir = usePluginsDirs();

/** As `link(2)` fails where it cannot. */
function failLink(code: string): () => never {
  return () => {
    throw Object.assign(new Error(`${code}: link`), { code });
  };
}

describe("publishVersion()", () => {
  test("makes the tree, the links and the receipt of the design when nothing is there", async () => {
    const pluginsDir = createDir();
    const { folder } = await publishPlugin(pluginsDir, createVersion("1.0"));
    const paths = resolvePluginPaths(pluginsDir, "xla:cuda");
    expect(folder).toBe(join(paths.versions, "1.0"));
    expect(readlinkSync(paths.current)).toBe("versions/1.0");
    expect(readlinkSync(paths.link ?? "")).toBe("current/jax_plugins/xla_cuda13/xla_cuda_plugin.so");
    expect(readFileSync(paths.link ?? "", "utf8")).toBe("library 1.0");
    expect(readdirSync(paths.folder).sort()).toEqual(["current", "pjrt_c_api_cuda_plugin.so", "versions"]);
    expect(readdirSync(resolveStorePaths(pluginsDir).staging)).toEqual([]);
    const { receipt } = readReceipt(folder);
    expect(receipt).toMatchObject({
      plugin: "xla:cuda", version: "1.0", variant: "cuda13", platform: { os: "linux", arch: "x64" },
      installedAt: "2026-11-22T10:11:12.000Z", build: "0.1.0 (test)",
      wheels: [{ name: "made", version: "1.0", file: "made-1.0-py3-none-any.whl", sha256: "0".repeat(64), licence: "Apache-2.0" }],
    });
    expect(receipt?.files.map(({ path, mode }) => [path, mode])).toEqual([
      ["jax_plugins/xla_cuda13/xla_cuda_plugin.so", 0o444],
      ["licenses/made/LICENSE", 0o444],
      ["nvidia/cu13/bin/ptxas", 0o555],
      ["nvidia/cu13/lib/libcudart.so.13", 0o444],
      ["nvidia/cudnn/lib/libcudnn.so.9", 0o444],
    ]);
    expect(receipt).not.toHaveProperty("replaces");
    expect(receipt).not.toHaveProperty("index");
  });

  test("gives folders and files their modes when the umask would take or leave others", async () => {
    const pluginsDir = createDir();
    const umask = process.umask(0o077);
    const { folder } = await publishPlugin(pluginsDir, createVersion("1.0")).finally(() => process.umask(umask));
    const modes = [pluginsDir, folder, join(folder, "nvidia"), join(folder, "nvidia/cu13/bin/ptxas"), join(folder, "receipt.json")];
    expect(modes.map((path) => (statSync(path).mode & 0o7777).toString(8))).toEqual(["700", "755", "755", "555", "444"]);
  });

  test("keeps credentials out of the receipt when the index has some", async () => {
    const pluginsDir = createDir();
    const receiptFacts = { build: "b", index: "https://user:planted@index.example/simple/?token=planted#planted" };
    const { receipt } = await publishPlugin(pluginsDir, createVersion("1.0"), { receiptFacts });
    expect(receipt.index).toBe("https://index.example/simple/");
  });

  test("has a version of the older CUDA major in a folder of its own when both are there", async () => {
    const pluginsDir = createDir();
    const plugin = createPlugin({ "jax_plugins/xla_cuda12/xla_cuda_plugin.so": "twelve" }, { variant: "cuda12" });
    await publishPlugin(pluginsDir, createVersion("1.0"));
    const { name, receipt } = await publishPlugin(pluginsDir, plugin);
    expect([name, receipt.replaces]).toEqual(["1.0-cuda12", "1.0"]);
    expect(readFileSync(resolvePluginPaths(pluginsDir, "xla:cuda").link ?? "", "utf8")).toBe("twelve");
  });

  test("makes no link for the library when the plugin is ONNX Runtime's", async () => {
    const pluginsDir = createDir();
    await publishPlugin(pluginsDir, createPlugin({ "onnxruntime/capi/libonnxruntime.so.1.31.1": "x" }, { plugin: "onnx:cuda" }));
    expect(readdirSync(join(pluginsDir, "onnx/cuda")).sort()).toEqual(["current", "versions"]);
  });

  test("shares files when two plugins need the same, and only those", async () => {
    const pluginsDir = createDir();
    const { folder } = await publishPlugin(pluginsDir, createVersion("1.0"));
    const files = { "onnxruntime/capi/libonnxruntime.so.1.31.1": "ort", "nvidia/cudnn/lib/libcudnn.so.9": "the same in all versions" };
    const other = await publishPlugin(pluginsDir, createPlugin(files, { plugin: "onnx:cuda" }));
    const inode = (path: string): number => statSync(path).ino;
    expect(inode(join(folder, "nvidia/cudnn/lib/libcudnn.so.9"))).toBe(inode(join(other.folder, "nvidia/cudnn/lib/libcudnn.so.9")));
    expect(statSync(join(folder, "nvidia/cudnn/lib/libcudnn.so.9")).nlink).toBe(3);
    expect(readdirSync(resolveStorePaths(pluginsDir).objects)).toHaveLength(6);
  });

  test.each(["EXDEV", "EPERM", "EMLINK"])("copies when link fails with %s", async (code) => {
    const pluginsDir = createDir();
    const { folder } = await publishPlugin(pluginsDir, createVersion("1.0"), { link: failLink(code) });
    const found = statSync(join(folder, "nvidia/cu13/bin/ptxas"));
    expect([found.nlink, (found.mode & 0o7777).toString(8)]).toEqual([1, "555"]);
    const report = await verifyInstalled({ pluginsDir, plugin: "xla:cuda", cores: 2 });
    expect(report.problems).toEqual([]);
  });

  test("leaves what was there when link fails otherwise", async () => {
    const pluginsDir = createDir();
    await publishPlugin(pluginsDir, createVersion("1.0"));
    const publishing = publishPlugin(pluginsDir, createVersion("2.0"), { link: failLink("EIO") });
    await expect(publishing).rejects.toThrow("EIO: link");
    expect(readInstalled(pluginsDir, "xla:cuda").installed?.name).toBe("1.0");
    expect(readdirSync(resolveStorePaths(pluginsDir).staging)).toEqual([]);
  });

  test("keeps the version before and names it when a new one comes", async () => {
    const pluginsDir = createDir();
    await publishPlugin(pluginsDir, createVersion("1.0"));
    const { receipt } = await publishPlugin(pluginsDir, createVersion("2.0"));
    expect(receipt.replaces).toBe("1.0");
    expect(readdirSync(resolvePluginPaths(pluginsDir, "xla:cuda").versions).sort()).toEqual(["1.0", "2.0"]);
  });

  test("replaces the tree and keeps what it replaced when the same version comes again", async () => {
    const pluginsDir = createDir();
    await publishPlugin(pluginsDir, createVersion("1.0"));
    const before = await publishPlugin(pluginsDir, createVersion("2.0"));
    const inode = statSync(before.folder).ino;
    writeFileSync(join(before.folder, "left"), "by somebody");
    const { receipt, folder } = await publishPlugin(pluginsDir, createVersion("2.0"));
    expect([receipt.replaces, statSync(folder).ino === inode]).toEqual(["1.0", false]);
    expect(lstatSync(join(folder, "left"), { throwIfNoEntry: false })).toBeUndefined();
    expect(readdirSync(resolveStorePaths(pluginsDir).staging)).toEqual([]);
  });

  test("refuses with the process when the version that it would replace is in use", async () => {
    const pluginsDir = createDir();
    const { folder } = await publishPlugin(pluginsDir, createVersion("1.0"));
    const hold = holdVersion(folder);
    const publishing = publishPlugin(pluginsDir, createVersion("1.0"));
    await expect(publishing).rejects.toMatchObject({ code: "plugin_in_use", details: { pids: [process.pid] } });
    hold.release();
    expect(readdirSync(resolveStorePaths(pluginsDir).staging)).toEqual([]);
  });

  test("has checkTree look at the whole tree and publishes nothing when it rejects", async () => {
    const pluginsDir = createDir();
    let looked: string[] = [];
    const checkTree = async (tree: string): Promise<void> => {
      looked = readdirSync(tree).sort();
      throw new Error("not this one");
    };
    const publishing = publishPlugin(pluginsDir, createVersion("1.0"), { checkTree });
    await expect(publishing).rejects.toThrow("not this one");
    expect(looked).toEqual(["jax_plugins", "licenses", "nvidia", "receipt.json"]);
    expect(readInstalled(pluginsDir, "xla:cuda")).toEqual({});
  });

  test("publishes nothing when it is aborted", async () => {
    const pluginsDir = createDir();
    const publishing = publishPlugin(pluginsDir, createVersion("1.0"), { signal: AbortSignal.abort(new Error("stop")) });
    await expect(publishing).rejects.toThrow("stop");
    expect(readInstalled(pluginsDir, "xla:cuda")).toEqual({});
  });

  test.each([
    ["a folder", (path: string) => mkdirSync(path, { recursive: true })],
    ["a link elsewhere", (path: string) => symlinkSync("../elsewhere", path)],
  ])("refuses when a person made current: %s", async (_name, make) => {
    const pluginsDir = createDir();
    mkdirSync(join(pluginsDir, "xla/cuda"), { recursive: true, mode: 0o700 });
    make(join(pluginsDir, "xla/cuda/current"));
    await expect(publishPlugin(pluginsDir, createVersion("1.0"))).rejects.toMatchObject({
      code: "plugin_refused",
      message: `Cannot change "xla:cuda": found "${pluginsDir}/xla/cuda/current", which no install made`,
    });
  });

  test("leaves a library that a person put there under the link's name", async () => {
    const pluginsDir = createDir();
    mkdirSync(join(pluginsDir, "xla/cuda"), { recursive: true, mode: 0o700 });
    const { link = "" } = resolvePluginPaths(pluginsDir, "xla:cuda");
    writeFileSync(link, "by hand");
    await publishPlugin(pluginsDir, createVersion("1.0"));
    expect(readFileSync(link, "utf8")).toBe("by hand");
    expect(readInstalled(pluginsDir, "xla:cuda").installed?.name).toBe("1.0");
  });

  test("refuses a lock whose wheels disagree about a path", async () => {
    const plugin = createVersion("1.0");
    const [wheel] = plugin.lock.wheels;
    const [file] = wheel?.files ?? [];
    if (wheel === undefined || file === undefined) throw new Error("no file");
    const wheels = [wheel, { ...wheel, files: [{ ...file, mode: 0o555 as const }] }];
    await expect(publishPlugin(createDir(), { ...plugin, lock: { ...plugin.lock, wheels } })).rejects.toMatchObject({
      code: "invalid_plugin_lock",
      message: 'Cannot install "xla:cuda": two files of its lock are "jax_plugins/xla_cuda13/xla_cuda_plugin.so"',
    });
  });

  test("makes a tree that the search finds", async () => {
    const pluginsDir = createDir();
    const elf = readFileSync(process.execPath).subarray(0, 64).toString("latin1");
    const plugin = createPlugin({ "jax_plugins/xla_cuda13/xla_cuda_plugin.so": elf });
    const { folder } = await publishPlugin(pluginsDir, plugin);
    const options = createSearchOptions(pluginsDir, { platform: { os: "linux", arch: process.arch, libc: "glibc" } });
    const { found, places } = searchLibrary("xla:cuda", options);
    expect([found?.origin, found?.libraryPath, places[0]?.reason]).toEqual([
      "installed", join(folder, "jax_plugins/xla_cuda13/xla_cuda_plugin.so"), undefined,
    ]);
  });
});

describe("findInstallReason()", () => {
  const { lock } = createVersion("1.0");

  test.each(["", "xla", "xla/cuda", "xla/cuda/versions", "xla/cuda/versions/1.0"])(
    'names the folder "%s" when others may write to it, as whole as all is',
    async (inner) => {
      const pluginsDir = createDir();
      await publishPlugin(pluginsDir, createVersion("1.0"));
      chmodSync(join(pluginsDir, inner), 0o777);
      const name = JSON.stringify(join(pluginsDir, inner));
      expect(findInstallReason(pluginsDir, lock)).toBe(`found ${name} writable by others: chmod o-w ${name}`);
    },
  );

  test("says nothing when all is in place", async () => {
    const pluginsDir = createDir();
    expect(findInstallReason(pluginsDir, lock)).toBe('found no "xla:cuda"');
    await publishPlugin(pluginsDir, createVersion("1.0"));
    expect(findInstallReason(pluginsDir, lock)).toBeUndefined();
  });

  test.each<[string, (pluginsDir: string, folder: string) => unknown]>([
    ['found "licenses/made/LICENSE" changed in version "1.0"', (_, folder) => replaceFile(join(folder, "licenses/made/LICENSE"), "longer than before")],
    ['found "more" extra in version "1.0"', (_, folder) => linkSync(join(folder, "receipt.json"), join(folder, "more"))],
    ["found no link to the library of version \"1.0\"", (dir) => Bun.spawnSync(["rm", join(dir, "xla/cuda/pjrt_c_api_cuda_plugin.so")])],
    ["found what an install that was cut short left", (dir) => mkdirSync(join(dir, ".staging/tree-x"))],
    ['found version "2.0"', (dir) => publishPlugin(dir, createVersion("2.0"))],
  ])("says %s", async (reason, change) => {
    const pluginsDir = createDir();
    const { folder } = await publishPlugin(pluginsDir, createVersion("1.0"));
    await change(pluginsDir, folder);
    expect(findInstallReason(pluginsDir, lock)).toBe(reason);
  });
});

function replaceFile(path: string, text: string): void {
  Bun.spawnSync(["rm", path]);
  writeFileSync(path, text);
}
