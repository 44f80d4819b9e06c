import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findInstallReason } from "../../../src/plugins/store/install-reason.ts";
import { openObjectStore } from "../../../src/plugins/store/object-store.ts";
import { verifyInstalled } from "../../../src/plugins/store/verify-installed.ts";
import { createVersion, hashText, publishPlugin, usePluginsDirs } from "./make-plugin.ts";

const createDir = usePluginsDirs();
const LIBRARY = "jax_plugins/xla_cuda13/xla_cuda_plugin.so";

/** Changes bytes in place, as a bad disk or a curious person would: every link to them sees it. */
function overwrite(path: string, text: string): void {
  chmodSync(path, 0o644);
  writeFileSync(path, text);
  chmodSync(path, 0o444);
}

const verify = (pluginsDir: string) => verifyInstalled({ pluginsDir, plugin: "xla:cuda", cores: 2 });

describe("verifyInstalled()", () => {
  test("finds nothing and tells every byte when all is right", async () => {
    const pluginsDir = createDir();
    await publishPlugin(pluginsDir, createVersion("1.0"));
    const told: [number, number][] = [];
    const onProgress = (done: number, total: number): unknown => told.push([done, total]);
    const report = await verifyInstalled({ pluginsDir, plugin: "xla:cuda", cores: 2, onProgress });
    const sizeBytes = createVersion("1.0").lock.wheels.flatMap(({ files }) => files).reduce((sum, file) => sum + file.sizeBytes, 0);
    expect([report.problems, report.files, report.sizeBytes]).toEqual([[], 5, sizeBytes]);
    expect(told.at(-1)).toEqual([sizeBytes, sizeBytes]);
  });

  test("names every file when it is missing, changed or extra", async () => {
    const pluginsDir = createDir();
    const { folder } = await publishPlugin(pluginsDir, createVersion("1.0"));
    overwrite(join(folder, LIBRARY), "library 1.1");
    rmSync(join(folder, "licenses"), { recursive: true });
    chmodSync(join(folder, "nvidia/cu13/bin/ptxas"), 0o744);
    rmSync(join(folder, "nvidia/cudnn/lib/libcudnn.so.9"));
    symlinkSync("/dev/null", join(folder, "nvidia/cudnn/lib/libcudnn.so.9"));
    writeFileSync(join(folder, "nvidia/mine"), "x");
    const { problems } = await verify(pluginsDir);
    expect(problems).toEqual([
      { path: LIBRARY, kind: "changed", found: `found sha256 ${hashText("library 1.1")}, need ${hashText("library 1.0")}` },
      { path: "licenses/made/LICENSE", kind: "missing" },
      { path: "nvidia/cu13/bin/ptxas", kind: "changed", found: "found mode 0744, need 0555" },
      { path: "nvidia/cudnn/lib/libcudnn.so.9", kind: "changed", found: "found something that is not a regular file" },
      { path: "nvidia/mine", kind: "extra" },
    ]);
  });

  test("has the next install fetch what changed when only bytes did, and forgets it when that is done", async () => {
    const pluginsDir = createDir();
    const plugin = createVersion("1.0");
    const { folder } = await publishPlugin(pluginsDir, plugin);
    overwrite(join(folder, LIBRARY), "library 1.1");
    expect(findInstallReason(pluginsDir, plugin.lock)).toBeUndefined();
    await verify(pluginsDir);
    expect(findInstallReason(pluginsDir, plugin.lock)).toBe('found version "1.0" damaged when it was verified');
    const objects = openObjectStore(pluginsDir);
    const files = plugin.lock.wheels.flatMap((wheel) => wheel.files);
    expect(files.filter((file) => !objects.has(file)).map(({ path }) => path)).toEqual([LIBRARY]);
    expect(readFileSync(join(pluginsDir, "xla/cuda/damaged"), "utf8")).toStartWith(`changed ${LIBRARY}: found sha256 `);
    await publishPlugin(pluginsDir, plugin);
    expect(findInstallReason(pluginsDir, plugin.lock)).toBeUndefined();
    expect((await verify(pluginsDir)).problems).toEqual([]);
  });

  test("leaves an object that is right when only the tree's own file is wrong", async () => {
    const pluginsDir = createDir();
    const plugin = createVersion("1.0");
    const { folder } = await publishPlugin(pluginsDir, plugin);
    rmSync(join(folder, LIBRARY));
    writeFileSync(join(folder, LIBRARY), "library 1.1", { mode: 0o444 });
    rmSync(join(folder, "licenses"), { recursive: true });
    expect((await verify(pluginsDir)).problems.map(({ path }) => path)).toEqual([LIBRARY, "licenses/made/LICENSE"]);
    const objects = openObjectStore(pluginsDir);
    expect(plugin.lock.wheels.flatMap(({ files }) => files).every((file) => objects.has(file))).toBeTrue();
  });

  test("takes the mark away when all is right again", async () => {
    const pluginsDir = createDir();
    const { folder } = await publishPlugin(pluginsDir, createVersion("1.0"));
    writeFileSync(join(folder, "mine"), "x");
    await verify(pluginsDir);
    expect(existsSync(join(pluginsDir, "xla/cuda/damaged"))).toBeTrue();
    rmSync(join(folder, "mine"));
    await verify(pluginsDir);
    expect(existsSync(join(pluginsDir, "xla/cuda/damaged"))).toBeFalse();
  });

  test("says what it found when the plugin is removed while it reads", async () => {
    const pluginsDir = createDir();
    await publishPlugin(pluginsDir, createVersion("1.0"));
    let isThere = true;
    const onProgress = (): void => {
      if (isThere) rmSync(join(pluginsDir, "xla"), { recursive: true });
      isThere = false;
    };
    const { problems } = await verifyInstalled({ pluginsDir, plugin: "xla:cuda", cores: 1, onProgress });
    expect(problems.length).toBeGreaterThan(0);
    expect(existsSync(join(pluginsDir, "xla"))).toBeFalse();
  });

  test("rejects with the reason when it is aborted", async () => {
    const pluginsDir = createDir();
    await publishPlugin(pluginsDir, createVersion("1.0"));
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(verifyInstalled({ pluginsDir, plugin: "xla:cuda", cores: 2, signal })).rejects.toThrow("enough");
  });

  test("refuses when nothing is installed", async () => {
    await expect(verify(createDir())).rejects.toMatchObject({
      code: "plugin_not_installed",
      message: 'Cannot verify "xla:cuda": it is not installed',
      hint: "Install it: termite plugin install xla:cuda",
    });
  });

  test.each<[string, (folder: string) => unknown]>([
    ['found no "receipt.json" in "versions/1.0" of "xla:cuda"', (folder) => rmSync(join(folder, "receipt.json"))],
    ['found no "versions/1.0" of "xla:cuda"', (folder) => rmSync(folder, { recursive: true })],
    ['found a broken "receipt.json": files: Invalid length: Expected >=1 but received 0', (folder) =>
      overwrite(join(folder, "receipt.json"), '{"plugin":"xla:cuda","version":"1.0","files":[]}')],
  ])("refuses when it has nothing to hold the files against: %s", async (problem, damage) => {
    const pluginsDir = createDir();
    const { folder } = await publishPlugin(pluginsDir, createVersion("1.0"));
    damage(folder);
    await expect(verify(pluginsDir)).rejects.toMatchObject({ code: "plugin_damaged", message: `Cannot verify "xla:cuda": ${problem}` });
  });
});
