import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isCompiled, readBuildInfo } from "../../src/runtime/build-info.ts";
import { runExtract } from "../../src/runtime/extract-child.ts";
import { createExtraction, waitForHang } from "./extraction.ts";
import { catchError, createBytes, packFile, withFolder } from "./packed-asset.ts";

test("runExtract() says that there is no such asset when the program runs from source", async () => {
  expect(isCompiled()).toBe(false);
  expect(readBuildInfo().assets).toEqual([]);
  expect(await catchError(() => runExtract(["libonnxruntime", "/nonexistent"]))).toEqual({
    code: "asset_missing",
    message: 'Cannot find asset "libonnxruntime": it is not inside this program',
    hint: 'Use the executable that "npm start" builds',
  });
});

/** An extracting child that hangs in the middle of its work. */
async function spawnHanging(folder: string, parentPid: number) {
  const { command, home } = await createExtraction(folder, await packFile(createBytes(100_000)), { stopAfterBytes: 1000 });
  const child = Bun.spawn([...command, "libonnxruntime", home, String(parentPid)], {
    stdio: ["ignore", "ignore", "inherit"],
    ipc: () => undefined,
  });
  return { child, home };
}

test("reportOutcome() ends when the parent lets go of the channel midway", () =>
  withFolder(async (folder) => {
    const { child, home } = await spawnHanging(folder, process.pid);
    await waitForHang(home);
    child.disconnect();
    expect(await child.exited).toBe(1);
  }));

test.skipIf(process.platform !== "linux")("reportOutcome() ends when the parent is no longer the one that started it", () =>
  withFolder(async (folder) => {
    // As if that one had died, and this process had adopted the child.
    const { child } = await spawnHanging(folder, process.pid + 1);
    expect(await child.exited).toBe(1);
  }));

test("reportOutcome() leaves no process when the parent is killed midway", () =>
  withFolder(async (folder) => {
    const options = await createExtraction(folder, await packFile(createBytes(100_000)), { stopAfterBytes: 1000 });
    const optionsPath = join(folder, "options.json");
    await Bun.write(optionsPath, JSON.stringify(options));
    const parent = Bun.spawn([process.execPath, join(import.meta.dir, "extract-parent.ts"), optionsPath], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const pid = await waitForHang(options.home);
    expect(isAlive(pid)).toBe(true);
    parent.kill("SIGKILL");
    await parent.exited;
    while (isAlive(pid)) await Bun.sleep(10);
    // Whoever comes next removes it.
    expect(await readdir(join(options.home, "runtime"))).toEqual([expect.stringMatching(/^\.tmp-/)]);
  }));

/** False when it has ended, though its new parent may not have noticed: `7 (bun) Z 1 …` (proc(5)). */
function isAlive(pid: number): boolean {
  const path = `/proc/${pid}/stat`;
  if (process.platform === "linux") return existsSync(path) && !readFileSync(path, "utf8").includes(") Z ");
  return Bun.spawnSync(["kill", "-0", String(pid)]).exitCode === 0;
}
