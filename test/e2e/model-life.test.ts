// `termite ps`, `load`, `stop` against a compiled server that keeps two models at most, and what it keeps.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeTaskModels } from "../fixtures/task-models.ts";
import { createFolder, findRunner, runTermite, startServer } from "./termite.ts";
import type { RunningServer } from "./termite.ts";

setDefaultTimeout(30_000);

const KEY = "a-key-of-this-test";
const folder = createFolder();
const config = join(folder.path, "termite.yaml");
let server: RunningServer;

beforeAll(async () => {
  const models = join(folder.path, "models");
  writeTaskModels(models);
  writeFileSync(config, JSON.stringify({
    models_dir: models, default_model: "my-embedder", aliases: { alias: "my-reranker" }, api_keys: [KEY], max_loaded_models: 2,
  }));
  server = await startServer({ home: folder.path, args: ["--config", config] });
});

afterAll(async () => {
  server.kill("SIGKILL");
  await server.exited;
  folder.remove();
});

const ask = (args: readonly string[], env: Record<string, string> = { TERMITE_API_KEY: KEY }) =>
  runTermite([...args, "--api-url", server.url], { home: folder.path, cwd: "/", env });
const listLoaded = async () => {
  const { stdout } = await ask(["ps", "--json"]);
  return (JSON.parse(stdout) as { models: { name: string }[] }).models.map(({ name }) => name).sort();
};
const embed = async (model: string) => {
  const headers = { authorization: `Bearer ${KEY}` };
  const response = await fetch(`${server.url}/api/embed`, { method: "POST", headers, body: JSON.stringify({ model, input: "wood" }) });
  return response.status;
};

describe("termite ps", () => {
  test("shows each loaded model, where it runs and until when", async () => {
    expect(await embed("my-embedder")).toBe(200);
    const { exitCode, stdout, stderr } = await ask(["ps"]);
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout.split("\n")[0]?.split(/\s{2,}/)).toEqual(["MODEL", "STATUS", "TARGET", "SIZE", "RUNNER", "AGE", "LEAVES"]);
    expect(stdout).toMatch(new RegExp(`^my-embedder  +loaded  +onnx:cpu  +[\\d.]+ k?B  +[\\d.]+ MB, pid ${findRunner(server.pid)}  +\\d+s  +in [45]m$`, "m"));
  });

  test("--json is what the server answers", async () => {
    const { stdout } = await ask(["ps", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      models: [{
        name: "my-embedder", status: "loaded", loading: null, loaded_at: expect.any(String), size_vram: 0,
        target: { requested: "onnx:cpu", actual: "onnx:cpu", reason: null }, runner: { pid: findRunner(server.pid) },
      }],
    });
  });
});

describe("termite load and stop", () => {
  test("load has the model ready, by an alias too, for as long as it says", async () => {
    const { exitCode, stdout } = await ask(["load", "alias", "--keep-alive", "0", "--json"]);
    expect(exitCode).toBe(0);
    const loaded = JSON.parse(stdout) as { name: string; status: string; expires_at: string };
    expect(loaded).toMatchObject({ name: "my-reranker", status: "loaded" });
    expect(new Date(loaded.expires_at).getUTCFullYear()).toBeGreaterThan(2200);
    expect(await listLoaded()).toEqual(["my-embedder", "my-reranker"]);
  });

  test("load of one too many has the one leave that was used longest ago, and it answers again when it is asked", async () => {
    expect(await embed("my-embedder")).toBe(200);
    const { stdout } = await ask(["load", "my-classifier", "--keep-alive", "90s"]);
    expect(stdout).toMatch(/^my-classifier .* in (89s|1m)$/m);
    expect(await listLoaded()).toEqual(["my-classifier", "my-embedder"]);
    expect(server.stderr()).toMatch(/msg="model unloaded" model=my-reranker reason="another model needs its room"/);
  });

  test("more models at once than there is room for are all answered", async () => {
    const names = ["my-embedder", "my-reranker", "my-classifier", "my-recognizer", "my-sparse-model"];
    const runs = await Promise.all(names.flatMap((name) => [name, name]).map((name) => ask(["load", name])));
    expect(runs.map(({ exitCode, stderr }) => `${exitCode}${stderr}`)).toEqual(runs.map(() => "0"));
    expect((await listLoaded()).length).toBeLessThanOrEqual(2);
  });

  test("stop has it leave, and the next request loads it again", async () => {
    expect(await embed("my-embedder")).toBe(200);
    const { exitCode, stdout } = await ask(["stop", "my-embedder"]);
    expect([exitCode, stdout]).toEqual([0, "my-embedder is not loaded any more\n"]);
    expect(await listLoaded()).not.toContain("my-embedder");
    expect(JSON.parse((await ask(["stop", "alias", "--json"])).stdout)).toEqual({ model: "my-reranker", loaded: false });
    expect(await embed("my-embedder")).toBe(200);
    expect(await listLoaded()).toContain("my-embedder");
  });

  test.each([
    ["an unknown model", ["load", "my-embeder"], KEY, 'error: Cannot find model "my-embeder": no such model in the models folder (Did you mean "my-embedder"?)\n'],
    ["no key", ["stop", "my-embedder"], "", 'error: Cannot answer the request: no API key was sent (send the header "Authorization: Bearer KEY")\n'],
  ])("says what the server says: %s", async (_, args, key, words) => {
    const { exitCode, stdout, stderr } = await ask(args, { TERMITE_API_KEY: key });
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr).toStartWith(words.trimEnd());
    if (key === "") expect(stderr).toEndWith("hint: Give a key with TERMITE_API_KEY or --api-key\n");
  });
});

describe("without a server", () => {
  test.each(["ps", "load m", "stop m"])("%s says where it looked and how to start one", async (line) => {
    const args = line.split(" ");
    const { exitCode, stdout, stderr } = await runTermite([...args, "--api-url", "http://127.0.0.1:1"], { home: folder.path, cwd: "/" });
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr).toBe(
      'error: Cannot ask the server at "http://127.0.0.1:1": the connection failed (ECONNREFUSED)\n' +
        'hint: Start one with "termite serve", or name the one that runs with --api-url URL\n',
    );
  });

  test("another server than termite's is known as such", async () => {
    const other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("<html>hello</html>") });
    const { origin } = other.url;
    const { exitCode, stderr } = await runTermite(["ps", "--api-url", origin], { home: folder.path, cwd: "/" });
    await other.stop(true);
    expect(exitCode).toBe(1);
    expect(stderr).toStartWith(`error: Cannot ask the server at "${origin}": what answers there is no termite of this version\n`);
  });
});
