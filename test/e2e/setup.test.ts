// `termite setup`: everything extracted at once, so that a home that cannot be written later serves all the same.
import { afterAll, expect, test } from "bun:test";
import {
  chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { SetupRow } from "../../src/cli/setup.ts";
import { createEnvironment, createFolder, EXECUTABLE, runTermite, startServer } from "./termite.ts";

const NAMES = ["libonnxruntime", "pjrt-cpu", "tokenizers", "default-model"];
const folder = createFolder();
const home = folder.path;
const runtime = join(home, ".termite", "runtime");
afterAll(() => folder.remove());

async function runSetup(): Promise<SetupRow[]> {
  const { exitCode, stdout, stderr } = await runTermite(["setup", "--json"], { home });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return (JSON.parse(stdout) as { assets: SetupRow[] }).assets;
}

const listResults = (rows: readonly SetupRow[]) => rows.map(({ name, result }) => `${name} ${result}`).sort();
const expectAll = (result: string) => NAMES.map((name) => `${name} ${result}`).sort();

test("setup extracts every asset into a fresh home, and says where", async () => {
  const rows = await runSetup();
  expect(listResults(rows)).toEqual(expectAll("extracted"));
  for (const { path } of rows) expect(path.startsWith(runtime) && existsSync(path)).toBe(true);
  expect(readdirSync(runtime).sort()).toEqual(rows.map(({ path }) => path.slice(runtime.length + 1, runtime.length + 65)).sort());
});

test("setup says that all is there when it is run again, one line for each asset", async () => {
  expect(listResults(await runSetup())).toEqual(expectAll("there"));
  const { stdout, stderr } = await runTermite(["setup"], { home });
  expect(stderr).toBe("");
  const lines = stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(NAMES.length);
  expect(lines.find((line) => line.startsWith("pjrt-cpu"))).toMatch(
    /^pjrt-cpu 0\.11\.2: already there, 201\.6 MB, \d+ ms, \/\S+\/pjrt_c_api_cpu_plugin\.so$/,
  );
});

test("setup mends an asset that was damaged at the same size and time", async () => {
  const path = (await runSetup()).find(({ name }) => name === "pjrt-cpu")?.path ?? "";
  const whole = readFileSync(path);
  const { atime, mtime, mode } = statSync(path);
  const damaged = Buffer.from(whole);
  damaged[100_000_000]! ^= 1;
  chmodSync(path, 0o755);
  writeFileSync(path, damaged);
  chmodSync(path, mode);
  utimesSync(path, atime, mtime);
  expect(listResults(await runSetup()).filter((line) => !line.endsWith(" there"))).toEqual(["pjrt-cpu mended"]);
  expect(Buffer.compare(readFileSync(path), whole)).toBe(0);
});

test("setup mends what is a link to itself, a link to a copy, or a folder where the receipt should be", async () => {
  const paths = new Map((await runSetup()).map(({ name, path }) => [name, path]));
  const [library = "", tokenizers = "", model = ""] = ["libonnxruntime", "tokenizers", "default-model"].map((name) => paths.get(name));
  rmSync(library);
  symlinkSync(library, library);
  renameSync(tokenizers, join(home, "copy"));
  symlinkSync(join(home, "copy"), tokenizers);
  rmSync(join(dirname(model), "receipt.json"));
  mkdirSync(join(dirname(model), "receipt.json"));
  const results = ["default-model mended", "libonnxruntime mended", "pjrt-cpu there", "tokenizers mended"];
  expect(listResults(await runSetup())).toEqual(results);
  for (const path of paths.values()) expect(lstatSync(path).isSymbolicLink()).toBe(false);
  expect(listResults(await runSetup())).toEqual(expectAll("there"));
});

test.skipIf(process.getuid?.() !== 0)("serve answers from a home that it cannot write once setup has run", async () => {
  // Everything belongs to root, and the server is nobody.
  chmodSync(home, 0o755);
  const server = await startServer({ home, uid: 65_534 });
  const response = await fetch(`${server.url}/api/embed`, { method: "POST", body: JSON.stringify({ model: "all-minilm-l6-v2:int8", input: "x" }) });
  expect(response.status).toBe(200);
  expect(await server.stop()).toBe(0);
});

test.skipIf(process.getuid?.() !== 0)("setup is one clear line when the home cannot be written", async () => {
  const other = createFolder();
  chmodSync(other.path, 0o755);
  const { exitCode, stdout, stderr } = await runTermite(["setup"], { home: other.path, uid: 65_534 });
  const path = join(other.path, ".termite", "runtime");
  expect({ exitCode, stdout, stderr }).toEqual({
    exitCode: 1,
    stdout: "",
    stderr: `error: Cannot write to "${path}": permission denied; set TERMITE_HOME (or --home) to a folder that you can write to\n`,
  });
  other.remove();
});

test.each(["SIGINT", "SIGTERM"] as const)("setup leaves nothing half and ends with 130 when %s comes midway", async (signal) => {
  const other = createFolder();
  const folderOfRuntime = join(other.path, ".termite", "runtime");
  const child = Bun.spawn([EXECUTABLE, "setup"], { cwd: other.path, env: createEnvironment(other.path), stdio: ["ignore", "ignore", "ignore"] });
  while (!existsSync(folderOfRuntime) || readdirSync(folderOfRuntime).length === 0) await Bun.sleep(1);
  child.kill(signal);
  expect(await child.exited).toBe(130);
  const left = readdirSync(folderOfRuntime);
  expect(left.filter((name) => !existsSync(join(folderOfRuntime, name, "receipt.json")))).toEqual([]);
  other.remove();
});
