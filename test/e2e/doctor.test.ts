// `termite doctor` of the compiled file: this machine, damaged assets, foreign libraries, what is asked for, the index.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DoctorReport } from "../../src/doctor/finding.ts";
import { LIBRARY_PATH } from "../fixtures/onnxruntime.ts";
import { findFinding as find, listBad, QUIET, runDoctor as run } from "./doctor-run.ts";
import { listProcessesOf } from "./processes.ts";
import { createFolder, EXECUTABLE, runTermite, startServer } from "./termite.ts";

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
      "onnx:cpu": { ok: true, version: "1.30.0", probeMs: expect.any(Number), mapped: expect.any(Array) },
      "xla:cpu": { ok: true, version: "0.115", probeMs: expect.any(Number), mapped: expect.any(Array) },
    });
    const { mapped = [] } = first.report.targets["onnx:cpu"] ?? {};
    expect(mapped).toContainEqual(expect.stringMatching(/^\/.*\/libstdc\+\+\.so\.6/));
    expect(mapped.filter((path) => path.startsWith(home))).toEqual([]);
    expect(find(first.report, "engine.onnx:cpu").found).toMatch(/^ONNX Runtime 1\.30\.0 multiplied two 128x128 matrices on .* in \d+ ms, all 16,384 numbers right, with .*libstdc\+\+\.so\.6\S* from \/\S+$/);
    expect(find(first.report, "engine.xla:cpu").found).toMatch(/^PJRT C API 0\.115 multiplied two 128x128 matrices on .* in \d+ ms, all 16,384 numbers right/);
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

  test("a termite that serves on the address is found, through no proxy, and another program with a version is none", async () => {
    const server = await startServer({ home });
    const address = new URL(server.url).origin;
    const { report } = await runDoctor({ TERMITE_API_URL: address, HTTP_PROXY: "http://127.0.0.1:1" });
    expect(await server.stop()).toBe(0);
    expect(find(report, "network.api_url")).toEqual({ id: "network.api_url", status: "ok", found: `termite 0.1.0 answers at ${address}` });
    const other = Bun.serve({ port: 0, hostname: "127.0.0.1", routes: { "/api/version": () => Response.json({ version: "0.5.7" }) } });
    const taken = await runDoctor({ TERMITE_API_URL: other.url.origin });
    await other.stop(true);
    expect(find(taken.report, "network.api_url")).toMatchObject({ status: "fail", found: `${other.url.origin}: another program holds it` });
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

describe.skipIf(process.getuid?.() !== 0)("as a user who may only read", () => {
  const USER = 65_534;
  const runAsUser = async (owned: string) => {
    chmodSync(folder.path, 0o755);
    const env = { ...QUIET, TERMITE_HOME: owned };
    const { exitCode, stdout } = await runTermite(["doctor", "--json"], { home: folder.path, env, uid: USER });
    return { exitCode, report: JSON.parse(stdout) as DoctorReport };
  };

  test("a home with everything in it works", async () => {
    const { exitCode, report } = await runAsUser(join(home, ".termite"));
    expect({ exitCode, failed: report.findings.filter(({ status }) => status === "fail") }).toEqual({ exitCode: 0, failed: [] });
    expect(find(report, "config.default_model").found).toContain(" gave a vector in ");
  });

  test("a damaged engine is not tried, and no remedy is a command that would fail the same way", async () => {
    flipByte(findAsset("libonnxruntime.so.1"));
    const { exitCode, report } = await runAsUser(join(home, ".termite"));
    await runDoctor();
    expect(exitCode).toBe(1);
    const another = "Set TERMITE_HOME (or --home) to a folder that you can write to";
    expect(find(report, "asset.libonnxruntime")).toMatchObject({ status: "fail", remedy: another });
    expect(find(report, "engine.onnx:cpu")).toMatchObject({
      status: "fail",
      found: expect.stringMatching(/^ONNX Runtime was not tried: libonnxruntime is damaged and cannot be extracted anew: Cannot write to /),
      remedy: another,
    });
    expect(find(report, "config.default_model")).toMatchObject({ status: "warn", found: expect.stringContaining(" was not tried: its engine does not work") });
  });

  test("a home that cannot be made names another", async () => {
    const owned = mkdtempSync(join(home, "closed-"));
    const hidden = await runAsUser(join(owned, "below"));
    expect(find(hidden.report, "folder.home")).toMatchObject({
      found: `Cannot look at "${owned}/below": permission denied`,
      remedy: "Give this user access to it, or set another folder",
    });
    chmodSync(owned, 0o755);
    const { exitCode, report } = await runAsUser(join(owned, "below"));
    expect(exitCode).toBe(1);
    const remedies = ["folder.home", "folder.runtime", "engine.onnx:cpu", "config.default_model"].map((id) => find(report, id).remedy);
    expect(remedies).toEqual([
      "Set TERMITE_HOME (or --home) to such a folder", "Set TERMITE_HOME (or --home) to such a folder",
      "Set TERMITE_HOME (or --home) to a folder that you can write to", "Set TERMITE_HOME (or --home) to a folder that you can write to",
    ]);
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

  test("a library for the CPU where the Go termite has it is no warning about the GPU", async () => {
    const root = mkdtempSync(join(home, "cpu-"));
    mkdirSync(join(root, "lib"));
    copyFileSync(LIBRARY_PATH, join(root, "lib/libonnxruntime.so.1"));
    const { report } = await runDoctor({ ONNXRUNTIME_ROOT: root, TERMITE_SYSTEM_ROOT: mkdtempSync(join(home, "empty-")) });
    expect(find(report, "search.onnx:cuda")).toMatchObject({ status: "ok", found: expect.stringMatching(/^no library in \d+ places$/) });
    expect(find(report, "search.onnx:cpu")).toMatchObject({ status: "ok", found: expect.stringMatching(/ named by the environment: /) });
    expect(report.targets["onnx:cpu"]).toMatchObject({ ok: true, version: "1.30.0" });
  });

  test("a broken library of a person's own is a warning, and the target is judged by the one that serves instead", async () => {
    const root = mkdtempSync(join(home, "root-"));
    mkdirSync(join(root, "lib"));
    // A header without the rest.
    writeFileSync(join(root, "lib/libonnxruntime.so.1"), readFileSync(process.execPath).subarray(0, 4096));
    const env = { ONNXRUNTIME_ROOT: root, TERMITE_REQUIRE_TARGET: "onnx:cpu" };
    const server = await startServer({ home, env });
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    expect(await server.stop()).toBe(0);
    const { exitCode, report } = await runDoctor(env);
    expect({ exitCode, failed: report.findings.filter(({ status }) => status === "fail") }).toEqual({ exitCode: 0, failed: [] });
    expect(find(report, "engine.onnx:cpu")).toMatchObject({
      status: "warn",
      found: expect.stringMatching(
        /^ONNX Runtime failed at "load": .+; the library inside serves instead: ONNX Runtime 1\.30\.0 multiplied two 128x128 matrices on /,
      ),
      remedy: "Mend or remove that library",
    });
    expect(report.targets["onnx:cpu"]).toMatchObject({ ok: true, version: "1.30.0" });
    expect(find(report, "config.require_target").found).toBe('require_target "onnx:cpu" can be used');
  });

  const TOKENIZER = '{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,' +
    '"pre_tokenizer":{"type":"Whitespace"},"post_processor":null,"decoder":null,' +
    '"model":{"type":"WordLevel","vocab":{"[UNK]":0},"unk_token":"[UNK]"}}';

  test.each([
    ["graph", { "model.onnx": "junk", "tokenizer.json": TOKENIZER }, /^"broken", on disk, gave no vector: Cannot load model "broken": /],
    ["tokenizer", { "model.onnx": "junk", "tokenizer.json": "{" }, /^"broken", on disk, gave no vector: Cannot .*"broken"/],
  ] as [string, Record<string, string>, RegExp][])("a default model whose %s is broken ends with 1", async (_, files, found) => {
    const models = mkdtempSync(join(home, "models-"));
    mkdirSync(join(models, "broken"));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(models, "broken", name), text);
    const { exitCode, report } = await runDoctor({}, ["--offline", "--models-dir", models, "--default-model", "broken"]);
    expect({ exitCode, finding: find(report, "config.default_model") }).toMatchObject({
      exitCode: 1,
      finding: { status: "fail", found: expect.stringMatching(found) },
    });
  });

  test("a name in preload that is no model's ends with 1", async () => {
    const { exitCode, report } = await runDoctor({ TERMITE_PRELOAD: "all-minilm-l6-v2:int8,nothing-like-it" });
    expect({ exitCode, finding: find(report, "config.preload") }).toMatchObject({
      exitCode: 1,
      finding: { status: "fail", found: 'preload names what cannot be loaded: Cannot find model "nothing-like-it": no such model in the models folder' },
    });
  });

  test("the default model gives a vector, and a file that cannot stand in for NVML is one failure", async () => {
    const pipe = join(home, "pipe");
    Bun.spawnSync(["mkfifo", pipe]);
    const { exitCode, report } = await runDoctor({ TERMITE_FAKE_NVML: pipe });
    expect(find(report, "config.default_model").found).toMatch(
      /^"all-minilm-l6-v2:int8", inside this executable, up to 256 tokens, gave a vector in \d+ ms$/,
    );
    expect({ exitCode, failed: report.findings.filter(({ status }) => status === "fail").map(({ id }) => id) }).toEqual({
      exitCode: 1,
      failed: ["hardware.overrides"],
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
