import { describe, expect, test } from "bun:test";
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { TermiteError } from "../../../src/errors.ts";
import { readOwner } from "../../../src/plugins/search/ownership.ts";
import { readFreeBytes } from "../../../src/plugins/store/free-space.ts";
import { withInstallLock } from "../../../src/plugins/store/install-lock.ts";
import { resolveStoreError } from "../../../src/plugins/store/store-error.ts";
import { checkWriteAccess } from "../../../src/plugins/store/write-access.ts";
import { createVersion, publishPlugin, usePluginsDirs } from "./make-plugin.ts";

const createDir = usePluginsDirs();
const isRoot = process.getuid?.() === 0;

function findRefusal(pluginsDir: string): Partial<TermiteError> | undefined {
  try {
    checkWriteAccess({ pluginsDir, plugin: "xla:cuda", owner: readOwner() });
    return undefined;
  } catch (error) {
    if (!(error instanceof TermiteError)) throw error;
    const { code, message, hint } = error;
    return { code, message, hint };
  }
}

describe("checkWriteAccess()", () => {
  test("accepts what is not there and makes nothing", () => {
    const pluginsDir = createDir();
    expect([findRefusal(pluginsDir), existsSync(pluginsDir)]).toEqual([undefined, false]);
  });

  test("accepts what an install made", async () => {
    const pluginsDir = createDir();
    await withInstallLock(pluginsDir, {}, () => publishPlugin(pluginsDir, createVersion("1.0")));
    expect(findRefusal(pluginsDir)).toBeUndefined();
  });

  const damages: [string, (pluginsDir: string) => unknown, string][] = [
    ["others may write to it", (dir) => chmodSync(dir, 0o707), 'found "DIR" writable by others: chmod o-w "DIR"'],
    ["others may write to the objects", (dir) => chmodSync(join(dir, ".objects/sha256"), 0o757),
      'found "DIR/.objects/sha256" writable by others: chmod o-w "DIR/.objects/sha256"'],
    ["others may write to the plugin", (dir) => chmodSync(join(dir, "xla/cuda"), 0o757),
      'found "DIR/xla/cuda" writable by others: chmod o-w "DIR/xla/cuda"'],
    ["a file is in the way", (dir) => { rmSync(join(dir, ".locks"), { recursive: true }); writeFileSync(join(dir, ".locks"), ""); },
      'found "DIR/.locks", which is not a folder'],
  ];
  test.each(damages)("refuses when %s", async (_name, damage, found) => {
    const pluginsDir = createDir();
    await withInstallLock(pluginsDir, {}, () => publishPlugin(pluginsDir, createVersion("1.0")));
    damage(pluginsDir);
    expect(findRefusal(pluginsDir)).toEqual({
      code: "plugin_refused",
      message: `Cannot change the plugins in "${pluginsDir}": ${found.replaceAll("DIR", pluginsDir)}`,
      hint: "Mend it, or set plugins_dir to a folder of your own",
    });
  });

  test("refuses when it belongs to another user", () => {
    const pluginsDir = createDir();
    mkdirSync(pluginsDir, { mode: 0o700 });
    if (!isRoot) return;
    chownSync(pluginsDir, 4242, 4242);
    expect(findRefusal(pluginsDir)?.message).toBe(
      `Cannot change the plugins in "${pluginsDir}": found "${pluginsDir}" owned by user 4242, need root: chown 0 "${pluginsDir}"`,
    );
  });

  // Root ignores modes: asked as somebody else, who can reach neither this repository nor a Bun in a home folder.
  test("refuses when this user may not write", async () => {
    const pluginsDir = createDir();
    const root = dirname(pluginsDir);
    mkdirSync(pluginsDir, { mode: 0o755 });
    const [script, bun] = [join(root, "ask.js"), join(root, "bun")];
    writeFileSync(script, await bundleQuestion());
    copyFileSync(process.execPath, bun);
    for (const path of [dirname(root), root, script, bun]) chmodSync(path, 0o755);
    if (!isRoot) chmodSync(pluginsDir, 0o555);
    const user = isRoot ? { uid: 65534, gid: 65534 } : {};
    const child = Bun.spawn([bun, script, pluginsDir], { cwd: root, env: {}, stdout: "pipe", stderr: "inherit", ...user });
    const words = (await new Response(child.stdout).text()).trim();
    expect(words).toBe(`plugins_not_writable Cannot change the plugins in "${pluginsDir}": permission denied`);
  });
});

async function bundleQuestion(): Promise<string> {
  const { outputs } = await Bun.build({ entrypoints: [join(import.meta.dir, "ask-write-access.ts")], target: "bun" });
  return (await outputs[0]?.text()) ?? "";
}

describe("resolveStoreError()", () => {
  test.each([
    ["EACCES", "plugins_not_writable", 'Cannot change the plugins in "/p": permission denied'],
    ["EROFS", "plugins_not_writable", 'Cannot change the plugins in "/p": the file system is read-only'],
    ["ENOSPC", "disk_full", 'Cannot write to "/p": no space is left on the file system'],
    ["EDQUOT", "disk_full", 'Cannot write to "/p": the disk quota is used up'],
  ])("says what to do when the system says %s", (code, expected, message) => {
    expect(resolveStoreError(Object.assign(new Error("x"), { code }), "/p")).toMatchObject({ code: expected, message });
  });

  test("keeps other errors as they are", () => {
    const error = new Error("x");
    expect(resolveStoreError(error, "/p")).toBe(error);
  });
});

test("readFreeBytes() asks the nearest folder when the path is not there", async () => {
  const pluginsDir = createDir();
  expect(await readFreeBytes(join(pluginsDir, "a/b/c"))).toBeGreaterThan(0);
});
