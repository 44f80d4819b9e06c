// What takes versions away or goes back to one: remove, rollback, gc, and the holds that keep them.
import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { collectGarbage } from "../../../src/plugins/store/collect-garbage.ts";
import { readInstalled } from "../../../src/plugins/store/installed.ts";
import { removePlugin } from "../../../src/plugins/store/remove-plugin.ts";
import { rollbackPlugin } from "../../../src/plugins/store/rollback-plugin.ts";
import { holdVersion, parseFlockPids } from "../../../src/plugins/store/version-hold.ts";
import { commitFiles, createPlugin, createVersion, publishPlugin, usePluginsDirs } from "./make-plugin.ts";

const createDir = usePluginsDirs();
const children: Bun.Subprocess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill("SIGKILL")));

async function startHolder(folder: string): Promise<Bun.Subprocess> {
  const command = [process.execPath, join(import.meta.dir, "lock-child.ts"), "hold", folder];
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  children.push(child);
  await child.stdout.getReader().read();
  return child;
}

const ORT = { "onnxruntime/capi/libonnxruntime.so.1.31.1": "ort", "nvidia/cudnn/lib/libcudnn.so.9": "the same in all versions" };

describe("removePlugin()", () => {
  test("leaves nothing of it and what others share when it is free", async () => {
    const pluginsDir = createDir();
    await publishPlugin(pluginsDir, createVersion("1.0"));
    await publishPlugin(pluginsDir, createVersion("2.0"));
    const other = await publishPlugin(pluginsDir, createPlugin(ORT, { plugin: "onnx:cuda" }));
    const { versions, freedBytes } = await removePlugin(pluginsDir, "xla:cuda");
    const own = ["library 1.0", "runtime 1.0", "#! tool 1.0", "library 2.0", "runtime 2.0", "#! tool 2.0", "Do what you like"];
    expect(versions).toEqual(["1.0", "2.0"]);
    expect(freedBytes).toBeGreaterThanOrEqual(own.join("").length);
    expect(readdirSync(pluginsDir).sort()).toEqual([".objects", ".partial", ".staging", "onnx"]);
    expect(readdirSync(join(pluginsDir, ".objects/sha256"))).toHaveLength(2);
    expect(readFileSync(join(other.folder, "nvidia/cudnn/lib/libcudnn.so.9"), "utf8")).toBe("the same in all versions");
  });

  test("leaves what a person put beside it, and objects of an install that was cut short", async () => {
    const pluginsDir = createDir();
    await publishPlugin(pluginsDir, createVersion("1.0"));
    await commitFiles(pluginsDir, createPlugin({ "libtpu/libtpu.so": "tpu" }, { plugin: "xla:tpu" }));
    writeFileSync(join(pluginsDir, "xla/cuda/mine.txt"), "x");
    await removePlugin(pluginsDir, "xla:cuda");
    expect(readdirSync(join(pluginsDir, "xla/cuda"))).toEqual(["mine.txt"]);
    expect(readdirSync(join(pluginsDir, ".objects/sha256"))).toHaveLength(1);
  });

  test("refuses with the process and changes nothing when one version is in use", async () => {
    const pluginsDir = createDir();
    const { folder } = await publishPlugin(pluginsDir, createVersion("1.0"));
    await publishPlugin(pluginsDir, createVersion("2.0"));
    const { pid } = await startHolder(folder);
    const removing = removePlugin(pluginsDir, "xla:cuda");
    await expect(removing).rejects.toMatchObject({
      code: "plugin_in_use",
      message: expect.stringMatching(new RegExp(`^Cannot remove "xla:cuda": version "1\\.0" is in use by process ${pid} \\([^)]+\\)$`)),
      hint: "Stop it, then run the command again",
      details: { pids: [pid] },
    });
    expect(readInstalled(pluginsDir, "xla:cuda").installed?.name).toBe("2.0");
    children[0]?.kill("SIGKILL");
    await children[0]?.exited;
    expect((await removePlugin(pluginsDir, "xla:cuda")).versions).toEqual(["1.0", "2.0"]);
  });

  test("refuses when it is not installed", async () => {
    await expect(removePlugin(createDir(), "xla:tpu")).rejects.toMatchObject({
      code: "plugin_not_installed", message: 'Cannot remove "xla:tpu": it is not installed',
    });
  });

  test("removes a version whose receipt is broken", async () => {
    const pluginsDir = createDir();
    const { folder } = await publishPlugin(pluginsDir, createVersion("1.0"));
    rmSync(join(folder, "receipt.json"));
    await removePlugin(pluginsDir, "xla:cuda");
    expect(existsSync(join(pluginsDir, "xla"))).toBeFalse();
  });
});

describe("rollbackPlugin()", () => {
  test("goes back to the version before, and no further", async () => {
    const pluginsDir = createDir();
    await publishPlugin(pluginsDir, createVersion("1.0"));
    await publishPlugin(pluginsDir, createVersion("2.0"));
    const { from, to } = await rollbackPlugin(pluginsDir, "xla:cuda");
    expect([from.name, to.name, readInstalled(pluginsDir, "xla:cuda").installed?.name]).toEqual(["2.0", "1.0", "1.0"]);
    await expect(rollbackPlugin(pluginsDir, "xla:cuda")).rejects.toMatchObject({
      code: "plugin_refused",
      message: 'Cannot roll back "xla:cuda": no version before "1.0" was installed',
      hint: "Install one by its version: termite plugin install xla:cuda@VERSION",
    });
  });

  test("changes the library's link when that lies elsewhere", async () => {
    const pluginsDir = createDir();
    await publishPlugin(pluginsDir, createPlugin({ "jax_plugins/xla_cuda12/xla_cuda_plugin.so": "twelve" }, { variant: "cuda12" }));
    await publishPlugin(pluginsDir, createVersion("2.0"));
    await rollbackPlugin(pluginsDir, "xla:cuda");
    expect(readFileSync(join(pluginsDir, "xla/cuda/pjrt_c_api_cuda_plugin.so"), "utf8")).toBe("twelve");
  });

  test("refuses when the version before is gone, or not whole", async () => {
    const pluginsDir = createDir();
    const { folder } = await publishPlugin(pluginsDir, createVersion("1.0"));
    await publishPlugin(pluginsDir, createVersion("2.0"));
    rmSync(join(folder, "licenses"), { recursive: true });
    await expect(rollbackPlugin(pluginsDir, "xla:cuda")).rejects.toMatchObject({
      code: "plugin_damaged",
      message: 'Cannot roll back "xla:cuda": found "licenses/made/LICENSE" missing in version "1.0"',
    });
    rmSync(folder, { recursive: true });
    await expect(rollbackPlugin(pluginsDir, "xla:cuda")).rejects.toMatchObject({
      code: "plugin_refused", message: 'Cannot roll back "xla:cuda": found no "versions/1.0" of "xla:cuda"',
    });
    expect(readInstalled(pluginsDir, "xla:cuda").installed?.name).toBe("2.0");
  });

  test("refuses when nothing is installed", async () => {
    await expect(rollbackPlugin(createDir(), "xla:cuda")).rejects.toMatchObject({
      code: "plugin_not_installed", message: 'Cannot roll back "xla:cuda": it is not installed',
    });
  });
});

describe("collectGarbage()", () => {
  test("keeps what counts, the one before and what is held, and removes the rest", async () => {
    const pluginsDir = createDir();
    const folders = [];
    for (const version of ["1.0", "2.0", "3.0", "4.0"]) folders.push((await publishPlugin(pluginsDir, createVersion(version))).folder);
    await commitFiles(pluginsDir, createPlugin({ "libtpu/libtpu.so": "tpu" }, { plugin: "xla:tpu" }));
    mkdirSync(join(pluginsDir, ".staging/tree-old"), { recursive: true });
    writeFileSync(join(pluginsDir, ".partial/half"), "half a file");
    const hold = holdVersion(folders[1] ?? "");
    const { removed, held, objects, freedBytes } = await collectGarbage(pluginsDir);
    expect(removed).toEqual([{ plugin: "xla:cuda", name: "1.0" }]);
    expect(held).toEqual([{ plugin: "xla:cuda", name: "2.0" }]);
    // Three of "1.0" alone, and the one of a plugin that never came to be.
    expect(objects).toBe(4);
    expect(freedBytes).toBeGreaterThanOrEqual("half a filelibrary 1.0runtime 1.0#! tool 1.0tpu".length);
    expect([".staging", ".partial"].flatMap((name) => readdirSync(join(pluginsDir, name)))).toEqual([]);
    hold.release();
    expect((await collectGarbage(pluginsDir)).removed).toEqual([{ plugin: "xla:cuda", name: "2.0" }]);
    expect(readdirSync(join(pluginsDir, "xla/cuda/versions")).sort()).toEqual(["3.0", "4.0"]);
    expect((await rollbackPlugin(pluginsDir, "xla:cuda")).to.name).toBe("3.0");
  });

  test.each([
    ["is a link that no install made", (folder: string) => symlinkSync(join(folder, "versions/2.0"), join(folder, "current"))],
    ["leads to a version that is not there", (folder: string) => symlinkSync("versions/9.0", join(folder, "current"))],
    ["is a folder", (folder: string) => mkdirSync(join(folder, "current"))],
  ])("keeps every version when current %s", async (_, put) => {
    const pluginsDir = createDir();
    for (const version of ["1.0", "2.0"]) await publishPlugin(pluginsDir, createVersion(version));
    rmSync(join(pluginsDir, "xla/cuda/current"));
    put(join(pluginsDir, "xla/cuda"));
    expect(await collectGarbage(pluginsDir)).toMatchObject({ removed: [], held: [], objects: 0 });
    expect(readdirSync(join(pluginsDir, "xla/cuda/versions")).sort()).toEqual(["1.0", "2.0"]);
  });

  test("keeps every version when the receipt of the one that counts is broken", async () => {
    const pluginsDir = createDir();
    for (const version of ["1.0", "2.0", "3.0"]) await publishPlugin(pluginsDir, createVersion(version));
    rmSync(join(pluginsDir, "xla/cuda/versions/3.0/receipt.json"));
    expect((await collectGarbage(pluginsDir)).removed).toEqual([]);
  });

  test("keeps objects that a version was copied from", async () => {
    const pluginsDir = createDir();
    const link = (): never => {
      throw Object.assign(new Error("EXDEV"), { code: "EXDEV" });
    };
    await publishPlugin(pluginsDir, createVersion("1.0"), { link });
    expect((await collectGarbage(pluginsDir)).objects).toBe(0);
    expect(readdirSync(join(pluginsDir, ".objects/sha256"))).toHaveLength(5);
  });

  test("does nothing when there is nothing", async () => {
    expect(await collectGarbage(createDir())).toEqual({ freedBytes: 0, removed: [], held: [], objects: 0 });
  });
});

describe("holdVersion()", () => {
  test("lets several hold one version", async () => {
    const { folder } = await publishPlugin(createDir(), createVersion("1.0"));
    const holds = [holdVersion(folder), holdVersion(folder)];
    for (const hold of holds) hold.release();
    expect(holds).toHaveLength(2);
  });

  test("refuses when the version is gone", async () => {
    const hold = () => holdVersion(join(createDir(), "xla/cuda/versions/1.0"));
    expect(hold).toThrow('Cannot use the plugin version "1.0": no "receipt.json" in it');
  });

  test("is not inherited by a child that outlives the holder", async () => {
    const pluginsDir = createDir();
    const { folder } = await publishPlugin(pluginsDir, createVersion("1.0"));
    const hold = holdVersion(folder);
    children.push(Bun.spawn(["sleep", "60"]));
    hold.release();
    expect((await removePlugin(pluginsDir, "xla:cuda")).versions).toEqual(["1.0"]);
  });
});

test("parseFlockPids() gives those that hold a file and leaves out those that wait", () => {
  const text = [
    "1: FLOCK  ADVISORY  READ  21236 fe:00:1234567 0 EOF",
    "1: -> FLOCK  ADVISORY  WRITE 21240 fe:00:1234567 0 EOF",
    "2: POSIX  ADVISORY  WRITE 77 fe:00:1234567 0 EOF",
    "3: FLOCK  ADVISORY  READ  21237 00:2a:1234567 0 EOF",
    "4: FLOCK  ADVISORY  WRITE 5 fe:00:99 0 EOF",
    "5: FLOCK  ADVISORY  READ  0 fe:00:1234567 0 EOF",
    "",
  ].join("\n");
  expect(parseFlockPids(text, 1_234_567)).toEqual([21236, 21237]);
});
