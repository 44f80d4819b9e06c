// A server that installs a plugin before it serves: the compiled file on a machine that seems to have one H100, with a
// small plugin from an index on loopback.
import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { serveWheels } from "../fixtures/plugins/index-server.ts";
import { writeSystem } from "../fixtures/systems/write.ts";
import { createPluginEnvironment, listOrphans, makePluginSet, readWholeVersion } from "./plugin-set.ts";
import { createFolder, runTermite, startServer } from "./termite.ts";
import type { RunningServer } from "./termite.ts";

const folder = createFolder();
afterAll(() => folder.remove());
chmodSync(folder.path, 0o755);

const set = await makePluginSet("1.0");
const { environment: machine } = writeSystem("one", join(folder.path, "system"));
const servers: RunningServer[] = [];
afterAll(async () => {
  for (const server of servers) server.kill("SIGKILL");
  await Promise.all(servers.map((server) => server.exited));
});

/** The provider's file is no ONNX Runtime's, so that no GPU is needed to know how it ends. */
const REASON = /^Cannot start "onnx:cuda": Failed to load shared library: /;
const RATE = 30_000_000;

let index = await serveWheels({ wheels: [...set.wheels], totalRate: RATE });
beforeEach(async () => {
  index[Symbol.dispose]();
  index = await serveWheels({ wheels: [...set.wheels], totalRate: RATE });
});
afterAll(() => index[Symbol.dispose]());

let count = 0;
async function createHome() {
  const home = join(folder.path, `home-${count++}`);
  const locks = `${home}-locks`;
  for (const path of [home, locks]) mkdirSync(path, { mode: 0o700 });
  const plugins = await createPluginEnvironment(locks, [set], index);
  const env = { ...machine, ...plugins, TERMITE_LOG_LEVEL: "info" };
  const start = async (args: readonly string[] = [], ready = false): Promise<RunningServer> => {
    const server = await startServer({ home, env, args, ready });
    servers.push(server);
    return server;
  };
  return { home, env, start };
}

interface Readiness {
  status: string;
  plugin?: string;
  percent?: number;
  target?: { requested: string; actual: string; reason: string | null };
}

const readReadiness = async ({ url }: RunningServer): Promise<Readiness> => {
  return (await (await fetch(`${url}/readyz`)).json()) as Readiness;
};

async function waitForReadiness(server: RunningServer, isWanted: (readiness: Readiness) => boolean): Promise<Readiness> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const readiness = await readReadiness(server);
    if (isWanted(readiness)) return readiness;
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(readiness)}:\n${server.stderr()}`);
    await Bun.sleep(20);
  }
}

const isReady = ({ status }: Readiness): boolean => status === "ready";
const listWarnings = ({ stderr }: RunningServer): string[] => {
  const lines = stderr().split("\n").filter((line) => line.includes("level=warn") && !line.includes("not this "));
  return lines.map((line) => /msg="([^"]*)"/.exec(line)?.[1] ?? line);
};

describe("termite serve", () => {
  test("installs before it serves, then says truthfully that it runs on the CPU and why", async () => {
    const { home, start } = await createHome();
    const server = await start();
    const installing = await waitForReadiness(server, ({ percent = 0 }) => percent > 0);
    expect(installing).toEqual({ status: "installing", plugin: "onnx:cuda", percent: expect.any(Number) });
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    const refused = await fetch(`${server.url}/api/embed`, { method: "POST", body: '{"input": "x"}' });
    expect([refused.status, refused.headers.get("retry-after"), await refused.json()]).toEqual([
      503, "10", { error: 'Cannot take work now: the plugin "onnx:cuda" is being installed' },
    ]);

    const { target } = await waitForReadiness(server, isReady);
    expect(target).toEqual({ requested: "onnx:cuda", actual: "onnx:cpu", reason: expect.stringMatching(REASON) });
    const answer = await fetch(`${server.url}/api/embed`, { method: "POST", body: '{"model": "all-minilm-l6-v2:int8", "input": "x"}' });
    expect(answer.status).toBe(200);
    const { models } = (await (await fetch(`${server.url}/api/ps`)).json()) as { models: { target: unknown }[] };
    expect(models[0]?.target).toEqual(target);
    expect(listWarnings(server)).toEqual(["runner did not start", "serving on another target than requested"]);
    expect(readWholeVersion(home, [set])).toBe("1.0");
    expect(await server.stop()).toBe(0);
  }, 60_000);

  test("says once what failed, why and what to run, serves on the CPU, and does not try again within the hour", async () => {
    const { home, start } = await createHome();
    index.setFault(() => ({ kind: "status", status: 404 }));
    const server = await start([], true);
    expect(listWarnings(server)).toEqual([
      "cannot install a plugin: serving without it", "serving on another target than requested",
    ]);
    expect(server.stderr()).toMatch(/serving without it" plugin=onnx:cuda reason="Cannot [^\n]*" run=/);
    const reason = "its plugin is not installed (termite plugin install onnx:cuda)";
    expect((await readReadiness(server)).target).toEqual({ requested: "onnx:cuda", actual: "onnx:cpu", reason });
    await server.stop();
    const asked = index.requests.length;
    index.setFault(undefined);

    const again = await start([], true);
    expect(listWarnings(again)).toEqual([
      "a plugin that could not be installed is not tried again yet", "serving on another target than requested",
    ]);
    expect([index.requests.length, readWholeVersion(home, [set])]).toEqual([asked, undefined]);
    expect(JSON.parse(readFileSync(join(home, ".termite/auto-install.json"), "utf8"))).toMatchObject({
      failures: [{ plugin: "onnx:cuda", driver: "580.65.06" }],
    });
    await again.stop();
  }, 60_000);

  test("stops cleanly while it installs, and goes on from there at the next start", async () => {
    const { home, start } = await createHome();
    const server = await start();
    await waitForReadiness(server, ({ percent = 0 }) => percent >= 40);
    expect(await server.stop()).toBe(0);
    expect([readWholeVersion(home, [set]), existsSync(join(home, ".termite/auto-install.json"))]).toEqual([undefined, false]);
    const before = index.sentBytes();
    const again = await start([], true);
    expect([readWholeVersion(home, [set]), listOrphans(home)]).toEqual(["1.0", []]);
    const { downloadBytes } = { downloadBytes: set.wheels.reduce((sum, { bytes }) => sum + bytes.length, 0) };
    expect(index.sentBytes() - before).toBeLessThan(0.75 * downloadBytes);
    await again.stop();
  }, 60_000);

  test("gives up when the time is over and serves on the CPU", async () => {
    const { start } = await createHome();
    index.setFault(() => ({ kind: "stall", bytes: 1000 }));
    const server = await start(["--plugins-auto-install-timeout", "1s"], true);
    expect(server.stderr()).toContain(
      'reason="Cannot install \\"onnx:cuda\\": it was not done within plugins.auto_install_timeout \\"1s\\"; what was fetched is kept"',
    );
    await server.stop();
  }, 60_000);

  test.each([
    ["it is switched off", ["--no-auto-install"], []],
    ["the list names another plugin that is refused here", ["--auto-install=xla:tpu"], ["cannot install a plugin: serving without it"]],
    ["it is offline", ["--offline"], ["plugin is not installed by itself"]],
    ["the CPU comes first", ["--backend-priority", "onnx:cpu,onnx:cuda"], []],
  ])("asks no index for a plugin when %s", async (_, args, warnings) => {
    const { home, start } = await createHome();
    const server = await start(args, true);
    expect(listWarnings(server).filter((line) => line !== "serving on another target than requested")).toEqual(warnings);
    expect([index.requests.length, readWholeVersion(home, [set])]).toEqual([0, undefined]);
    await server.stop();
  }, 60_000);

  test("warns once and tries nothing when plugins_dir cannot be written to", async () => {
    const { home, env } = await createHome();
    const plugins = join(folder.path, "shared-plugins");
    mkdirSync(plugins, { mode: 0o755 });
    chmodSync(home, 0o777);
    chmodSync(`${home}-locks`, 0o755);
    const server = await startServer({ home, env, args: ["--plugins-dir", plugins], uid: 65534 });
    servers.push(server);
    expect(listWarnings(server)).toEqual(["plugin is not installed by itself", "serving on another target than requested"]);
    expect(server.stderr()).toContain(`reason="plugins_dir \\"${plugins}\\" cannot be written to"`);
    await server.stop();
  }, 60_000);

  test("refuses to start with the reason when the required target cannot start", async () => {
    const { home, env } = await createHome();
    const { exitCode, stderr } = await runTermite(
      ["serve", "--api-url", "http://127.0.0.1:0", "--require-target", "onnx:cuda"], { home, env },
    );
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/error: Cannot start "onnx:cuda": Failed to load shared library: /);
  }, 60_000);

  test("refuses to start with the reason when the required target has no plugin and none is to be installed", async () => {
    const { home, env } = await createHome();
    const args = ["serve", "--api-url", "http://127.0.0.1:0", "--require-target", "onnx:cuda", "--no-auto-install"];
    const { exitCode, stderr } = await runTermite(args, { home, env });
    expect([exitCode, stderr.split("\n").slice(-3)]).toEqual([1, [
      'error: Cannot serve on "onnx:cuda" as require_target asks: its plugin is not installed',
      "hint: termite plugin install onnx:cuda",
      "",
    ]]);
  }, 60_000);
});
