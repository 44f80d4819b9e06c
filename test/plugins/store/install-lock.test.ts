import { afterEach, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tryInstallLock, withInstallLock } from "../../../src/plugins/store/install-lock.ts";
import { usePluginsDirs } from "./make-plugin.ts";

const createDir = usePluginsDirs();
const children: Bun.Subprocess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill("SIGKILL")));

async function startHolder(pluginsDir: string): Promise<Bun.Subprocess<"ignore", "pipe", "inherit">> {
  const command = [process.execPath, join(import.meta.dir, "lock-child.ts"), "lock", pluginsDir];
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  children.push(child);
  await child.stdout.getReader().read();
  return child;
}

describe("withInstallLock()", () => {
  test("makes plugins_dir for its owner alone when it is not there", async () => {
    const pluginsDir = createDir();
    expect(await withInstallLock(pluginsDir, {}, async () => 7)).toBe(7);
    expect((statSync(pluginsDir).mode & 0o7777).toString(8)).toBe("700");
  });

  test("makes the folders above it for others to read at most when the umask takes nothing", async () => {
    const above = join(createDir(), "home");
    const umask = process.umask(0);
    try {
      await withInstallLock(join(above, "plugins"), {}, async () => undefined);
    } finally {
      process.umask(umask);
    }
    expect((statSync(above).mode & 0o7777).toString(8)).toBe("755");
  });

  test("sweeps what a dead process staged before it runs", async () => {
    const pluginsDir = createDir();
    mkdirSync(join(pluginsDir, ".staging/tree-old/deep"), { recursive: true });
    writeFileSync(join(pluginsDir, ".staging/tree-old/deep/file"), "x");
    const seen = await withInstallLock(pluginsDir, {}, async () => readdirSync(join(pluginsDir, ".staging")));
    expect(seen).toEqual([]);
  });

  test("runs one body after the other when two want it", async () => {
    const pluginsDir = createDir();
    const steps: string[] = [];
    const run = (name: string) => withInstallLock(pluginsDir, {}, async () => {
      steps.push(`${name} begins`);
      await Bun.sleep(120);
      steps.push(`${name} ends`);
    });
    await Promise.all([run("one"), run("two")]);
    const [first = ""] = steps;
    const names = first.startsWith("one") ? ["one", "two"] : ["two", "one"];
    expect(steps).toEqual(names.flatMap((name) => [`${name} begins`, `${name} ends`]));
  });

  test("tells once who has it and gets it when that one is killed", async () => {
    const pluginsDir = createDir();
    const holder = await startHolder(pluginsDir);
    const waits: unknown[] = [];
    const waiting = withInstallLock(pluginsDir, { onWait: (it) => waits.push(it) }, async () => "mine");
    await Bun.sleep(200);
    expect(await Promise.race([waiting, "still waiting"])).toBe("still waiting");
    holder.kill("SIGKILL");
    expect(await waiting).toBe("mine");
    expect(waits).toEqual([{ pid: holder.pid }]);
  });

  test("rejects with the reason when it is aborted while it waits", async () => {
    const pluginsDir = createDir();
    await startHolder(pluginsDir);
    const stop = new AbortController();
    const waiting = withInstallLock(pluginsDir, { signal: stop.signal }, async () => "mine");
    stop.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
  });

  test("is free again when the body throws", async () => {
    const pluginsDir = createDir();
    const failing = withInstallLock(pluginsDir, {}, () => Promise.reject(new Error("no")));
    await expect(failing).rejects.toThrow("no");
    expect(await tryInstallLock(pluginsDir, async () => "mine")).toBe("mine");
  });

  test("is not inherited by a child that outlives the holder", async () => {
    const pluginsDir = createDir();
    let child: Bun.Subprocess | undefined;
    await withInstallLock(pluginsDir, {}, async () => {
      child = Bun.spawn(["sleep", "60"]);
      children.push(child);
    });
    expect(await tryInstallLock(pluginsDir, async () => "mine")).toBe("mine");
    expect(child?.exitCode).toBeNull();
  });
});

test("tryInstallLock() gives nothing when somebody has the lock", async () => {
  const pluginsDir = createDir();
  await startHolder(pluginsDir);
  expect(await tryInstallLock(pluginsDir, async () => "mine")).toBeUndefined();
});
