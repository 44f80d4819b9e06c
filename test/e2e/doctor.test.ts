// `termite doctor` of the compiled file: this machine, damaged assets, foreign libraries, what is asked for, the index.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findFinding as find, listBad, QUIET, runDoctor as run } from "./doctor-run.ts";
import { createFolder, EXECUTABLE, runTermite } from "./termite.ts";

setDefaultTimeout(60_000);
const folder = createFolder();
const home = folder.path;
const asked: string[] = [];
const index = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: (request) => {
    asked.push(new URL(request.url).pathname);
    return Response.json({ meta: { "api-version": "1.0" }, name: "jax-cuda13-pjrt", files: [] });
  },
});
afterAll(async () => {
  await index.stop(true);
  folder.remove();
});

const runDoctor = (env: Record<string, string> = {}, args: readonly string[] = []) => run({ home, env, args });

describe("on this machine", () => {
  test("every engine inside is proven, nothing fails, and the second run finds the assets whole", async () => {
    const first = await runDoctor();
    expect(first.exitCode).toBe(0);
    expect(first.report.findings.filter(({ status }) => status === "fail")).toEqual([]);
    expect(first.report.targets).toEqual({
      "onnx:cpu": { ok: true, version: "1.30.0", probeMs: expect.any(Number) },
      "xla:cpu": { ok: true, version: "0.115", probeMs: expect.any(Number) },
    });
    expect(find(first.report, "engine.onnx:cpu").found).toMatch(/^ONNX Runtime 1\.30\.0 multiplied two 128x128 matrices on .* in \d+ ms, all 16,384 numbers right$/);
    expect(find(first.report, "engine.xla:cpu").found).toMatch(/^PJRT C API 0\.115 multiplied two 128x128 matrices on .* in \d+ ms, all 16,384 numbers right$/);
    expect(find(first.report, "asset.pjrt-cpu").found).toMatch(/^pjrt-cpu \S+ is not extracted yet$/);
    const { report } = await runDoctor();
    for (const name of ["libonnxruntime", "pjrt-cpu", "default-model"]) expect(find(report, `asset.${name}`).found).toMatch(/ is whole$/);
  });

  test("the report is text with groups, the walk and a sum when nobody asks for JSON", async () => {
    const { exitCode, stdout, stderr } = await runTermite(["doctor"], { home, env: QUIET });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain("\nENGINES TRIED\n  ok    onnx:cpu  ONNX Runtime 1.30.0 ");
    expect(stdout).toContain(`        - plugins_dir/xla/cpu/current (${home}/.termite/plugins/xla/cpu/current): absent\n`);
    expect(stdout).toMatch(/\n\d+ ok, \d+ warnings?, 0 failures\n$/);
    expect(stdout).not.toContain("\u001b");
  });

  test("a termite that serves on the address is found by its version", async () => {
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => Response.json({ version: "9.9.9" }) });
    const address = `http://127.0.0.1:${server.port}`;
    const { report } = await runDoctor({ TERMITE_API_URL: address });
    await server.stop(true);
    expect(find(report, "network.api_url")).toEqual({ id: "network.api_url", status: "ok", found: `termite 9.9.9 answers at ${address}` });
  });

  test("Ctrl-C ends it with 130 and leaves no child", async () => {
    const child = Bun.spawn([EXECUTABLE, "doctor", "--json"], { cwd: home, env: { PATH: "/usr/bin:/bin", HOME: home, ...QUIET }, stdout: "pipe", stderr: "pipe" });
    await Bun.sleep(60);
    child.kill("SIGINT");
    expect({ exitCode: await child.exited, stdout: await new Response(child.stdout).text() }).toEqual({ exitCode: 130, stdout: "" });
    await Bun.sleep(50);
    expect(listProcessesOf(home)).toEqual([]);
  });
});

describe("damaged assets", () => {
  // Extracts what is not yet there: the tokenizer comes with the first text.
  beforeAll(async () => void (await runTermite(["embed", "x"], { home })));

  const files = ["libonnxruntime.so.1", "pjrt_c_api_cpu_plugin.so", "tokenizers.linux-x64-gnu.node", "model.onnx"];

  test("one byte flipped in each at the same size and time: each is repaired and said, and the engines run", async () => {
    files.forEach((file) => flipByte(findAsset(file)));
    const { exitCode, report } = await runDoctor();
    expect(exitCode).toBe(0);
    for (const name of ["libonnxruntime", "pjrt-cpu", "tokenizers", "default-model"]) {
      expect(find(report, `asset.${name}`)).toEqual({ id: `asset.${name}`, status: "warn", found: `${name} was damaged and is extracted anew` });
    }
    expect([report.targets["onnx:cpu"]?.ok, report.targets["xla:cpu"]?.ok]).toEqual([true, true]);
    const again = await runDoctor();
    expect(listBad(again.report).filter((line) => line.includes("asset."))).toEqual([]);
  });
});

describe("foreign libraries in the way", () => {
  test("libcudnn.so.9 in LD_LIBRARY_PATH, a ptxas in PATH and a system's cuDNN are each named with their path", async () => {
    const top = mkdtempSync(join(home, "foreign-"));
    const root = join(top, "root");
    const [libraries, tools] = [join(top, "lib"), join(top, "bin")];
    for (const path of [join(root, "usr/lib/x86_64-linux-gnu"), join(root, libraries), join(root, tools), libraries, tools]) mkdirSync(path, { recursive: true });
    for (const base of [root, ""]) {
      writeFileSync(join(base, libraries, "libcudnn.so.9"), "");
      writeFileSync(join(base, tools, "ptxas"), "", { mode: 0o755 });
    }
    writeFileSync(join(root, "usr/lib/x86_64-linux-gnu/libcudnn.so.9"), "");
    const env = { LD_LIBRARY_PATH: libraries, PATH: `/usr/bin:/bin:${tools}` };
    const { exitCode, report } = await runDoctor(env);
    expect(exitCode).toBe(0);
    expect(find(report, "libraries.library_path")).toMatchObject({ status: "warn", found: `LD_LIBRARY_PATH puts libraries in the way: ${libraries} (libcudnn.so.9)` });
    expect(find(report, "libraries.ptxas")).toMatchObject({ status: "warn", found: `${tools}/ptxas is in PATH` });
    const other = await runDoctor({ ...env, TERMITE_SYSTEM_ROOT: root });
    expect(find(other.report, "libraries.cudnn")).toMatchObject({
      status: "warn",
      found: "the system has a cuDNN of its own: /usr/lib/x86_64-linux-gnu/libcudnn.so.9",
    });
  });
});

describe("what the configuration asks for", () => {
  test("require_target without the hardware ends with 1 and says why", async () => {
    const { exitCode, report } = await runDoctor({ TERMITE_REQUIRE_TARGET: "xla:cuda", TERMITE_SYSTEM_ROOT: mkdtempSync(join(home, "empty-")) });
    expect(exitCode).toBe(1);
    expect(find(report, "config.require_target")).toEqual({
      id: "config.require_target",
      status: "fail",
      found: 'require_target "xla:cuda" cannot be used: no NVIDIA GPU',
      needed: 'a machine and a library that "xla:cuda" works with, or no require_target',
      remedy: "termite plugin list",
    });
  });

  test("a folder for plugins that others may write to ends with 1", async () => {
    const plugins = mkdtempSync(join(home, "plugins-"));
    chmodSync(plugins, 0o777);
    const { exitCode, report } = await runDoctor({ TERMITE_PLUGINS_DIR: plugins });
    expect({ exitCode, finding: find(report, "folder.plugins") }).toMatchObject({
      exitCode: 1,
      finding: { status: "fail", found: `found "${plugins}" writable by others`, remedy: `chmod o-w "${plugins}"` },
    });
  });
});

describe("the package index", () => {
  const url = `http://127.0.0.1:${index.port}/simple/`;

  test("--offline skips it and reaches nothing", async () => {
    asked.length = 0;
    const { report } = await runDoctor({ TERMITE_OFFLINE: "0", TERMITE_PLUGINS_INDEX_URL: url }, ["--offline"]);
    expect(find(report, "network.index")).toEqual({ id: "network.index", status: "ok", found: "skipped (--offline)" });
    expect(asked).toEqual([]);
  });

  test("is asked for one project and answers, and its password is not shown", async () => {
    const secret = url.replace("//", "//ann:hunter2@");
    const { exitCode, report } = await runDoctor({ TERMITE_OFFLINE: "0", TERMITE_PLUGINS_INDEX_URL: secret });
    expect(find(report, "network.index")).toEqual({ id: "network.index", status: "ok", found: `${url} (TERMITE_PLUGINS_INDEX_URL) answers` });
    expect({ exitCode, asked, isShown: JSON.stringify(report).includes("hunter2") }).toEqual({ exitCode: 0, asked: ["/simple/jax-cuda13-pjrt/"], isShown: false });
  });

  test("that nobody serves is a warning with what to do", async () => {
    const gone = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
    const dead = `http://127.0.0.1:${gone.port}/simple/`;
    await gone.stop(true);
    const { exitCode, report } = await runDoctor({ TERMITE_OFFLINE: "0", TERMITE_PLUGINS_INDEX_URL: dead });
    expect(exitCode).toBe(0);
    expect(find(report, "network.index")).toMatchObject({
      status: "warn",
      found: `${dead} (TERMITE_PLUGINS_INDEX_URL): Cannot fetch "${dead}jax-cuda13-pjrt/": the connection failed (ECONNREFUSED)`,
      remedy: "Check the network and the proxy variables, or name another index in plugins.index_url or PIP_INDEX_URL",
    });
  });
});

function findAsset(name: string): string {
  const runtime = join(home, ".termite/runtime");
  const found = readdirSync(runtime, { recursive: true, encoding: "utf8" }).find((path) => path.endsWith(`/${name}`));
  if (found === undefined) throw new Error(`${name} is not there`);
  return join(runtime, found);
}

/** In the middle of the file. Size and time stay. */
function flipByte(path: string): void {
  const { atime, mtime, mode, size } = statSync(path);
  const bytes = readFileSync(path);
  const middle = Math.floor(size / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 0xff;
  chmodSync(path, 0o755);
  writeFileSync(path, bytes);
  chmodSync(path, mode);
  utimesSync(path, atime, mtime);
}

/** Processes that were started with this home. */
function listProcessesOf(path: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`HOME=${path}`);
    } catch {
      // It ended meanwhile, or is not ours.
      return false;
    }
  });
}
