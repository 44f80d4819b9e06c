// A publishing process killed at a hundred moments: what counts is always one whole version, and the next install leaves
// nothing of the dead one.
import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { withInstallLock } from "../../../src/plugins/store/install-lock.ts";
import { readInstalled } from "../../../src/plugins/store/installed.ts";
import { resolvePluginPaths, resolveStorePaths } from "../../../src/plugins/store/paths.ts";
import { collectGarbage } from "../../../src/plugins/store/collect-garbage.ts";
import { findTreeProblems } from "../../../src/plugins/store/tree-problems.ts";
import { createVersion, publishPlugin, usePluginsDirs } from "./make-plugin.ts";

const createDir = usePluginsDirs();
const VERSIONS = ["1.0", "2.0", "3.0"];

/** What `current` leads to, held against what that version is: `undefined` before the first. */
function checkCurrent(pluginsDir: string): string | undefined {
  const { installed, problem } = readInstalled(pluginsDir, "xla:cuda");
  if (problem !== undefined) throw new Error(problem);
  if (installed === undefined) return undefined;
  const { folder, receipt } = installed;
  expect(VERSIONS).toContain(receipt.version);
  expect(findTreeProblems(folder, receipt)).toEqual([]);
  const { wheels } = createVersion(receipt.version).lock;
  for (const { path, sha256 } of wheels.flatMap(({ files }) => files)) {
    expect(createHash("sha256").update(readFileSync(join(folder, path))).digest("hex")).toBe(sha256);
  }
  expect(readFileSync(resolvePluginPaths(pluginsDir, "xla:cuda").link ?? "", "utf8")).toBe(`library ${receipt.version}`);
  return receipt.version;
}

async function killAfter(pluginsDir: string, ms: number): Promise<void> {
  const command = [process.execPath, join(import.meta.dir, "lock-child.ts"), "publish", pluginsDir];
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  // From the first publication on, so that the start of the process does not count.
  await child.stdout.getReader().read();
  await Bun.sleep(ms);
  child.kill("SIGKILL");
  await child.exited;
}

/** How long the child may live so that some end within the first publication and some after it, however slow the disk is. */
async function measureWindowMs(): Promise<number> {
  const pluginsDir = createDir();
  const startedAt = performance.now();
  await withInstallLock(pluginsDir, {}, () => publishPlugin(pluginsDir, createVersion("1.0")));
  return 3 * (performance.now() - startedAt);
}

test("publishVersion() leaves the old version or the new one when its process is killed", async () => {
  const windowMs = await measureWindowMs();
  const pluginsDir = createDir();
  const seen = new Set<string | undefined>();
  for (let moment = 0; moment < 100; moment++) {
    await killAfter(pluginsDir, Math.random() * windowMs);
    seen.add(checkCurrent(pluginsDir));
  }
  expect(seen.size).toBeGreaterThan(1);
  const version = VERSIONS[1] ?? "";
  await withInstallLock(pluginsDir, {}, () => publishPlugin(pluginsDir, createVersion(version)));
  expect(checkCurrent(pluginsDir)).toBe(version);
  const { staging, partial, objects } = resolveStorePaths(pluginsDir);
  expect(readdirSync(staging)).toEqual([]);
  await withInstallLock(pluginsDir, {}, () => collectGarbage(pluginsDir));
  expect([staging, partial].flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : []))).toEqual([]);
  expect(readdirSync(resolvePluginPaths(pluginsDir, "xla:cuda").folder).sort()).toEqual(["current", "pjrt_c_api_cuda_plugin.so", "versions"]);
  const kept = readdirSync(resolvePluginPaths(pluginsDir, "xla:cuda").versions);
  expect(readdirSync(objects)).toHaveLength(3 * kept.length + 2);
}, 120_000);

test("publishVersion() is done once when two installers come at once", async () => {
  const pluginsDir = createDir();
  const plugin = createVersion("1.0");
  let published = 0;
  const install = () => withInstallLock(pluginsDir, {}, async () => {
    if (readInstalled(pluginsDir, "xla:cuda").installed !== undefined) return;
    published += 1;
    await publishPlugin(pluginsDir, plugin);
  });
  await Promise.all([install(), install(), install()]);
  expect([published, checkCurrent(pluginsDir)]).toEqual([1, "1.0"]);
});
