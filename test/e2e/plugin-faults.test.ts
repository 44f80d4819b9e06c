// Whatever goes wrong while a plugin is installed: what was there before counts or the new one does, never a mixture, and
// the next install leaves nothing lying around.
import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { serveWheels } from "../fixtures/plugins/index-server.ts";
import type { Fault, FileRequest, IndexServer } from "../fixtures/plugins/index-server.ts";
import {
  createPluginEnvironment, listOrphans, makePluginSet, readWholeVersion, resolvePlugins,
} from "./plugin-set.ts";
import type { PluginSet } from "./plugin-set.ts";
import { createEnvironment, createFolder, EXECUTABLE, runTermite } from "./termite.ts";

const folder = createFolder();
afterAll(() => folder.remove());

const sets = await Promise.all(["1.0", "2.0"].map((version) => makePluginSet(version)));
const [first, second] = sets as [PluginSet, PluginSet];
const wheels = [...first.wheels, second.wheels[1]];

let count = 0;
interface Scene {
  home: string;
  env: Record<string, string>;
  /** Puts another set into the build's lock. */
  offer(set: PluginSet): Promise<void>;
  install(extra?: Record<string, string>): ReturnType<typeof runTermite>;
}

async function createScene(index: Pick<IndexServer, "indexUrl">, offered = first): Promise<Scene> {
  const home = join(folder.path, `home-${count++}`);
  const locks = `${home}-locks`;
  mkdirSync(home, { mode: 0o700 });
  const offer = async (set: PluginSet): Promise<void> => {
    rmSync(locks, { recursive: true, force: true });
    mkdirSync(locks);
    await createPluginEnvironment(locks, [set]);
  };
  await offer(offered);
  const env = await createPluginEnvironment(locks, [], index);
  const install = (extra: Record<string, string> = {}) => runTermite([...INSTALL], { home, env: { ...env, ...extra } });
  return { home, env, offer, install };
}

const INSTALL = ["plugin", "install", "onnx:cuda", "--force"] as const;

/** An index of its own for each test. */
async function withIndex(body: (index: IndexServer) => Promise<void>, fault?: (request: FileRequest) => Fault | undefined) {
  using index = await serveWheels({ wheels, ...(fault !== undefined && { fault }) });
  await body(index);
}

describe("an install from a server", () => {
  const passing: [string, (request: FileRequest) => Fault | undefined][] = [
    ["that answers 503 three times", ({ count: number }) => (number <= 3 ? { kind: "status", status: 503, retryAfterSeconds: 0 } : undefined)],
    ["that cuts every fourth answer short", ({ count: number }) => (number % 4 === 0 ? { kind: "short", bytes: 1000 } : undefined)],
    ["that knows no ranges", () => ({ kind: "noRanges" })],
  ];
  test.each(passing)("%s succeeds", async (_, fault) => {
    await withIndex(async (index) => {
      const { home, install } = await createScene(index);
      expect(await install()).toMatchObject({ exitCode: 0 });
      expect([readWholeVersion(home, sets), listOrphans(home)]).toEqual(["1.0", []]);
    }, fault);
  }, 60_000);

  test("that answers 404 fails by name and leaves what was there", async () => {
    await withIndex(async (index) => {
      const { home, install, offer } = await createScene(index);
      await install();
      await offer(second);
      index.setFault(() => ({ kind: "status", status: 404 }));
      const { exitCode, stderr } = await install();
      expect(exitCode).toBe(1);
      expect(stderr).toContain(`demo_runtime-2.0-py3-none-any.whl"`);
      expect(readWholeVersion(home, sets)).toBe("1.0");
    });
  }, 60_000);

  test("that sends a wrong byte moves to the mirror, and says so", async () => {
    await withIndex(async (index) => {
      using mirror = await serveWheels({ wheels });
      const { home, install } = await createScene(index);
      const { exitCode, stderr } = await install({ TERMITE_PLUGINS_MIRRORS: mirror.indexUrl.href, TERMITE_LOG_LEVEL: "warn" });
      expect({ exitCode, version: readWholeVersion(home, sets) }).toEqual({ exitCode: 0, version: "1.0" });
      expect(stderr).toContain("a source of wheels sent a wrong piece, it was asked again");
      expect(stderr).toContain("a source of wheels failed, the next one was asked");
      expect(mirror.requests.length).toBeGreaterThan(0);
    }, ({ file }) => (file.startsWith("demo") ? { kind: "wrong", at: 500_000 } : undefined));
  }, 60_000);

  test("that sends a wrong byte once is asked again, and it is said", async () => {
    let count = 0;
    await withIndex(async (index) => {
      const { home, install } = await createScene(index);
      const { exitCode, stderr } = await install({ TERMITE_LOG_LEVEL: "warn" });
      expect({ exitCode, version: readWholeVersion(home, sets) }).toEqual({ exitCode: 0, version: "1.0" });
      expect(stderr).toContain("a source of wheels sent a wrong piece, it was asked again");
      expect(stderr).not.toContain("the next one was asked");
    }, ({ file, range }) => (file.startsWith("demo") && range !== undefined && (count += 1) === 1 ? { kind: "wrong", at: range[0] + 500 } : undefined));
  }, 60_000);

  test("that sends a wrong byte and has no mirror fails, and what was there still counts", async () => {
    await withIndex(async (index) => {
      const { home, install, offer } = await createScene(index);
      await install();
      await offer(second);
      index.setFault(() => ({ kind: "wrong", at: 500_000 }));
      const { exitCode, stderr } = await install();
      expect(exitCode).toBe(1);
      expect(stderr).toContain("error: Cannot ");
      expect(readWholeVersion(home, sets)).toBe("1.0");
      index.setFault(undefined);
      expect((await install()).exitCode).toBe(0);
      expect([readWholeVersion(home, sets), listOrphans(home)]).toEqual(["2.0", []]);
    });
  }, 60_000);
});

describe("two installs at once", () => {
  test("both succeed, and every byte is fetched once", async () => {
    await withIndex(async (index) => {
      const { home, install } = await createScene(index);
      const results = await Promise.all([install(), install()]);
      expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
      expect(results.filter(({ stdout }) => stdout.includes("already there")).length).toBe(1);
      expect([readWholeVersion(home, sets), listOrphans(home)]).toEqual(["1.0", []]);
      expect(index.sentBytes()).toBeLessThan(1.02 * first.wheels.reduce((sum, { bytes }) => sum + bytes.length, 0));
    });
  }, 60_000);
});

describe("an interrupted install", () => {
  test("ends with 130 at Ctrl-C, says what is kept, and the next one goes on from there", async () => {
    using slow = await serveWheels({ wheels, totalRate: 30_000_000 });
    const { home, env, install } = await createScene(slow);
    const child = spawn(home, env);
    while (slow.sentBytes() < 25_000_000 && child.exitCode === null) await Bun.sleep(5);
    child.kill("SIGINT");
    expect(await child.exited).toBe(130);
    expect(await new Response(child.stderr).text()).toEndWith(
      "error: Cannot finish: interrupted; what was fetched is kept\n" +
      "hint: Run the same command again to go on from there, or remove it with: termite plugin gc\n",
    );
    const before = slow.sentBytes();
    expect(readWholeVersion(home, sets)).toBeUndefined();
    using fast = await serveWheels({ wheels });
    expect((await install({ PIP_INDEX_URL: fast.indexUrl.href })).exitCode).toBe(0);
    const whole = first.wheels.reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(fast.sentBytes()).toBeLessThan(whole - 15_000_000);
    expect(before).toBeGreaterThanOrEqual(25_000_000);
    expect([readWholeVersion(home, sets), listOrphans(home)]).toEqual(["1.0", []]);
  }, 60_000);
});

function spawn(home: string, env: Record<string, string>) {
  return Bun.spawn([EXECUTABLE, ...INSTALL], {
    cwd: home, env: createEnvironment(home, env), stdin: "ignore", stdout: "ignore", stderr: "pipe",
  });
}

const KILLS = 100;

describe(`kill -9 at ${KILLS} random moments`, () => {
  test("leaves the old plugin or the new one, and the next install leaves nothing lying around", async () => {
    const versions = await Promise.all(Array.from({ length: KILLS + 2 }, (_, i) => makePluginSet(`1.${i}`)));
    using index = await serveWheels({ wheels: [first.wheels[0], ...versions.map((set) => set.wheels[1])] });
    const { home, env, offer, install } = await createScene(index, versions[0]);
    expect((await install()).exitCode).toBe(0);
    const startMs = performance.now();
    await offer(versions[1] ?? first);
    expect((await install()).exitCode).toBe(0);
    const wholeMs = performance.now() - startMs;
    const found = { old: 0, new: 0 };
    for (let i = 2; i <= KILLS + 1; i++) {
      await offer(versions[i] ?? first);
      const child = spawn(home, env);
      await Bun.sleep(Math.random() * wholeMs);
      child.kill("SIGKILL");
      await child.exited;
      const version = readWholeVersion(home, versions);
      expect([`1.${i - 1}`, `1.${i}`]).toContain(version ?? "none");
      found[version === `1.${i}` ? "new" : "old"] += 1;
      expect(await install()).toMatchObject({ exitCode: 0 });
      expect([readWholeVersion(home, versions), listOrphans(home)]).toEqual([`1.${i}`, []]);
      if (i % 10 === 0) expect((await runTermite(["plugin", "gc"], { home, env })).exitCode).toBe(0);
    }
    expect(found.old).toBeGreaterThan(0);
  }, 300_000);
});

describe.skipIf(process.getuid?.() !== 0)("permissions", () => {
  const USER = 65_534;

  test("a folder that becomes read-only midway fails the install; it goes on when it is writable again", async () => {
    using slow = await serveWheels({ wheels, totalRate: 30_000_000 });
    const { home, env } = await createScene(slow);
    chmodSync(folder.path, 0o755);
    chownSync(home, USER, USER);
    const run = (extra: Record<string, string> = {}) => runTermite([...INSTALL], { home, env: { ...env, ...extra }, uid: USER });
    const work = run();
    while (slow.sentBytes() < 10_000_000) await Bun.sleep(5);
    const objects = join(resolvePlugins(home), ".objects/sha256");
    mkdirSync(objects, { recursive: true });
    const closed = [resolvePlugins(home), join(resolvePlugins(home), ".objects"), objects];
    for (const path of closed) chmodSync(path, 0o555);
    const isRefused = Bun.spawnSync(["sh", "-c", `: > "${resolvePlugins(home)}/x"`], { uid: USER, gid: USER }).exitCode !== 0;
    const { exitCode, stderr } = await work;
    expect({ isRefused, exitCode }).toEqual({ isRefused: true, exitCode: 1 });
    expect(stderr).toContain(`error: Cannot change the plugins in "${resolvePlugins(home)}": permission denied\n`);
    expect(readWholeVersion(home, sets)).toBeUndefined();
    for (const path of closed) {
      chmodSync(path, 0o755);
      chownSync(path, USER, USER);
    }
    using fast = await serveWheels({ wheels });
    expect((await run({ PIP_INDEX_URL: fast.indexUrl.href })).exitCode).toBe(0);
    expect([readWholeVersion(home, sets), listOrphans(home)]).toEqual(["1.0", []]);
  }, 60_000);

  test("a folder that belongs to somebody else is refused before the first byte", async () => {
    await withIndex(async (index) => {
      const { home, install } = await createScene(index);
      const plugins = resolvePlugins(home);
      mkdirSync(plugins, { recursive: true });
      chownSync(plugins, 4242, 4242);
      expect(await install()).toMatchObject({
        exitCode: 1, stdout: "",
        stderr: expect.stringContaining(
          `error: Cannot install "onnx:cuda": found "${plugins}" owned by user 4242, need folders of this user or of root that nobody else may write to\n` +
          `hint: chown 0 "${plugins}"\n`,
        ),
      });
      expect([readdirSync(plugins), index.requests.length]).toEqual([[], 0]);
    });
  });
});

describe("a token for the index, in its address or in netrc,", () => {
  const TOKEN = "s3cr3t-t0ken";
  const CREDENTIALS = Buffer.from(`me:${TOKEN}`).toString("base64");

  test("reaches it alone: no log, no receipt, no other host", async () => {
    using files = await serveWheels({ wheels });
    const seen: string[] = [];
    // Pages come from here and need the token, files from another server by way of a redirect.
    using front = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: async (request) => {
        const { pathname } = new URL(request.url);
        seen.push(request.headers.get("authorization") ?? "none");
        if (request.headers.get("authorization") !== `Basic ${CREDENTIALS}`) return new Response("who are you", { status: 401 });
        if (pathname.startsWith("/files/")) return Response.redirect(new URL(pathname, files.indexUrl).href, 302);
        return fetch(new URL(pathname, files.indexUrl));
      },
    });
    const { home, install } = await createScene(files);
    const netrc = join(`${home}-locks`, "netrc");
    writeFileSync(netrc, `machine 127.0.0.1 login me password ${TOKEN}\n`);
    const address = (userInfo: string): string => `http://${userInfo}127.0.0.1:${front.port}/simple/`;
    const ways: [extra: Record<string, string>, exitCode: number][] = [
      [{ PIP_INDEX_URL: address(`me:${TOKEN}@`) }, 0],
      [{ PIP_INDEX_URL: address(`me:${TOKEN}-wrong@`) }, 1],
      [{ PIP_INDEX_URL: address(""), NETRC: netrc }, 0],
      [{ TERMITE_PLUGINS_INDEX_URL: address(`me:${TOKEN}@`) }, 0],
    ];
    for (const [extra, expected] of ways) {
      rmSync(resolvePlugins(home), { recursive: true, force: true });
      const { exitCode, stdout, stderr } = await install({ ...extra, TERMITE_LOG_LEVEL: "debug" });
      expect(exitCode).toBe(expected);
      for (const text of [stdout, stderr, ...readTexts(home)]) {
        expect(text).not.toContain(TOKEN);
        expect(text).not.toContain(CREDENTIALS);
      }
    }
    expect(seen).toContain(`Basic ${CREDENTIALS}`);
    expect(files.requests.map(({ headers }) => headers.get("authorization"))).toEqual(files.requests.map(() => null));
  }, 60_000);
});

/** Everything below a folder that is no library. */
function readTexts(home: string): string[] {
  const entries = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => join(entry.parentPath, entry.name)).filter((path) => Bun.file(path).size < 1_000_000)
    .map((path) => readFileSync(path, "latin1"));
}
