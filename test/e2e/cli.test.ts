import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createFolder, runOnTerminal, runTermite } from "./termite.ts";

/** The engines inside the file. */
const BUNDLED: Readonly<Record<string, object>> = { "onnx:cpu": { version: "1.30.0" }, "xla:cpu": { version: "0.11.2" } };

const folder = createFolder();
const home = folder.path;
afterAll(() => folder.remove());

describe("termite version", () => {
  test("--version prints name and version and extracts nothing", async () => {
    const { exitCode, stdout, stderr } = await runTermite(["--version"], { home });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(/^termite \d+\.\d+\.\d+ \(.+\)\n$/);
    expect(Bun.spawnSync(["ls", "-A", home]).stdout.toString()).toBe("");
  });

  test("version --json names the engines inside with their own versions", async () => {
    const { stdout } = await runTermite(["version", "--json"], { home });
    expect(JSON.parse(stdout)).toMatchObject({ version: "0.1.0", engines: { onnxruntime: "1.30.0", tokenizers: "0.23.2" } });
  });
});

describe("usage errors", () => {
  const cases: [string, string[], string][] = [
    ["an unknown command", ["serv"], 'error: Cannot run "termite serv": no such command\nhint: Did you mean "termite serve"?\n'],
    ["a name of Object's prototype", ["constructor"], 'error: Cannot run "termite constructor": no such command\nhint: termite --help\n'],
    ["an unknown flag", ["models", "--jsn"], 'error: Cannot run "termite models": unknown flag "--jsn"\nhint: Did you mean "--json"?\n'],
    ["an unknown flag with a value", ["serve", "--prot=1"], 'error: Cannot run "termite serve": unknown flag "--prot"\nhint: termite serve --help\n'],
    ["too many arguments", ["models", "x"], 'error: Cannot run "termite models": unexpected argument "x"\nhint: termite models --help\n'],
    ["a missing argument", ["embed"], 'error: Cannot run "termite embed": missing text\nhint: termite embed --help\n'],
    ["an unknown word of a few", ["completions", "zhs"], 'error: Cannot run "termite completions": unknown shell "zhs", need one of bash, zsh, fish\nhint: Did you mean "termite completions zsh"?\n'],
    ["none of a few words", ["completions"], 'error: Cannot run "termite completions": missing shell, need one of bash, zsh, fish\nhint: termite completions bash > ~/.local/share/bash-completion/completions/termite\n'],
    ["two words run together", ["pluginlist"], 'error: Cannot run "termite pluginlist": no such command\nhint: Did you mean "termite plugin list"?\n'],
    ["half a command", ["plugin"], 'error: Cannot run "termite plugin": no such command\nhint: Did you mean "termite plugin list"?\n'],
    ["a global flag without its value", ["--config"], 'error: Cannot run "termite": flag "--config" needs a value\nhint: termite --help\n'],
  ];
  test.each(cases)("%s is exit code 2 and one clear message", async (_, args, message) => {
    expect(await runTermite(args, { home })).toEqual({ exitCode: 2, stdout: "", stderr: message });
  });
});

describe("termite --help", () => {
  test("lists every command; each command's help has examples", async () => {
    const root = await runTermite(["--help"], { home });
    expect(root.exitCode).toBe(0);
    for (const name of ["serve", "embed", "rerank", "classify", "models", "show", "doctor", "plugin list", "setup", "config", "completions", "version"]) {
      expect(root.stdout).toContain(name);
      const help = await runTermite([...name.split(" "), "--help"], { home });
      expect({ name, exitCode: help.exitCode, has: help.stdout.includes("EXAMPLES") }).toEqual({ name, exitCode: 0, has: true });
    }
  });
});

describe("termite completions", () => {
  test.each(["bash", "zsh", "fish"])("prints a script for %s with every command and flag, and extracts nothing", async (shell) => {
    const own = createFolder();
    const { exitCode, stdout, stderr } = await runTermite(["completions", shell], { home: own.path });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    for (const word of ["serve", "doctor", "plugin", "setup", "api-url", "keep-alive", "onnx"]) expect(stdout).toContain(word);
    expect(Bun.spawnSync(["ls", "-A", own.path]).stdout.toString()).toBe("");
    own.remove();
  });
});

describe("a terminal", () => {
  const escape = "\u001b[";

  test("gets a bold header and lines that fit it; a pipe gets whole plain lines", async () => {
    const shown = await runOnTerminal(["config"], { home });
    expect(shown).toStartWith(`${escape}1mKEY`);
    for (const line of shown.split("\r\n")) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(80);
    const { stdout } = await runTermite(["config"], { home, env: { COLUMNS: "40", FORCE_COLOR: "1" } });
    expect(stdout).not.toContain(escape);
    expect(stdout).toMatch(/^backend_priority +\["onnx:cuda","xla:cuda","xla:tpu","onnx:cpu","xla:cpu"\] +default$/m);
  });

  const plain: [string, string[], Record<string, string>][] = [
    ["NO_COLOR=1", [], { NO_COLOR: "1" }],
    ["NO_COLOR=0", [], { NO_COLOR: "0" }],
    ["--no-color", ["--no-color"], {}],
    ["TERM=dumb", [], { TERM: "dumb" }],
  ];
  test.each(plain)("gets no colours with %s: data, help and warnings", async (_, args, env) => {
    const quiet = { home, env: { TERMITE_XYZZY: "1", TERMITE_LOG_STYLE: "terminal", ...env } };
    const shown = await runOnTerminal(["config", ...args], quiet);
    expect(shown).toContain("TERMITE_XYZZY: unknown environment variable, not obeyed");
    expect(shown + (await runOnTerminal(["config", "--help", ...args], quiet))).not.toContain(escape);
  });

  test("gets coloured warnings without NO_COLOR", async () => {
    const env = { TERMITE_XYZZY: "1", TERMITE_LOG_STYLE: "terminal", NO_COLOR: "" };
    expect(await runOnTerminal(["config"], { home, env })).toContain(`${escape}33mwarn`);
  });
});

describe("termite config", () => {
  test("takes a whole file of the Go termite: obeyed where it means the same, else one warning a key", async () => {
    const file = join(import.meta.dir, "../fixtures/go-termite/termite.yaml");
    const { exitCode, stdout, stderr } = await runTermite(["config", "--json", "--config", file], { home });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)["keep_alive"]).toEqual({ value: "0", origin: file });
    const lines = stderr.trim().split("\n");
    expect(lines.filter((line) => line.includes("level=warn"))).toEqual(lines);
    expect(lines.map((line) => / (\w+(?:\.\w+)?)(?::| is)/.exec(line.slice(line.indexOf("termite.yaml:")))?.[1])).toEqual([
      "health_port", "log.style", "backend_priority", "backend_priority", "model_strategies",
      "pool_size", "max_queue_size", "content_security", "s3_credentials",
    ]);
  });

  test("--json gives value and origin of each key: default, file, variable, flag", async () => {
    const cwd = join(home, "origins");
    mkdirSync(cwd);
    writeFileSync(join(cwd, "termite.yaml"), "limits:\n  inputs: 7\n");
    const args = ["config", "--json", "--request-timeout", "5s"];
    const { stdout } = await runTermite(args, { home, cwd, env: { TERMITE_LIMITS_TEXT_MB: "2" } });
    const values = JSON.parse(stdout);
    expect(values["limits.inputs"]).toEqual({ value: 7, origin: join(cwd, "termite.yaml") });
    expect(values["limits.text_mb"]).toEqual({ value: 2, origin: "TERMITE_LIMITS_TEXT_MB" });
    expect(values["request_timeout"]).toEqual({ value: "5s", origin: "--request-timeout" });
    expect(values["limits.body_mb"]).toEqual({ value: 16, origin: "default" });
    expect(values["plugins.auto_install"]).toEqual({ value: true, origin: "default" });
  });

  test("--schema is a JSON schema with every section", async () => {
    const { stdout } = await runTermite(["config", "--schema"], { home });
    expect(Object.keys(JSON.parse(stdout).properties)).toContain("plugins_dir");
  });

  test("global flags may stand before the command", async () => {
    const { stdout } = await runTermite(["--home", join(home, "elsewhere"), "config", "--json"], { home });
    expect(JSON.parse(stdout)["models_dir"].value).toBe(join(home, "elsewhere", "models"));
  });
});

describe("a folder that tries to take over", () => {
  test(".env, bunfig.toml and termite.config.ts of the current folder have no effect", async () => {
    const cwd = join(home, "hostile");
    mkdirSync(cwd);
    writeFileSync(join(cwd, ".env"), "TERMITE_LIMITS_INPUTS=3\n");
    writeFileSync(join(cwd, "bunfig.toml"), 'preload = ["./evil.ts"]\n');
    writeFileSync(join(cwd, "evil.ts"), `require("node:fs").writeFileSync(${JSON.stringify(join(cwd, "owned"))}, "x");`);
    writeFileSync(join(cwd, "termite.config.ts"), `require("node:fs").writeFileSync(${JSON.stringify(join(cwd, "owned"))}, "x");`);
    const { stdout, exitCode } = await runTermite(["config", "--json"], { home, cwd });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)["limits.inputs"]).toEqual({ value: 2048, origin: "default" });
    expect(await Bun.file(join(cwd, "owned")).exists()).toBe(false);
  });
});

describe("termite models and plugin list", () => {
  test("models --json lists the embedded model without extracting it", async () => {
    const { stdout } = await runTermite(["models", "--json"], { home });
    expect(JSON.parse(stdout).models).toMatchObject([{ id: "all-minilm-l6-v2:int8", embedded: true }]);
  });

  test("plugin list --json has a row for every engine, and a reason where it is not bundled", async () => {
    const { stdout } = await runTermite(["plugin", "list", "--json"], { home });
    const { plugins } = JSON.parse(stdout);
    expect(plugins.map((plugin: { name: string }) => plugin.name).toSorted()).toEqual(
      ["onnx:cpu", "onnx:cuda", "xla:cpu", "xla:cuda", "xla:tpu"],
    );
    for (const plugin of plugins) {
      const bundled = BUNDLED[plugin.name];
      if (bundled !== undefined) expect(plugin).toMatchObject({ status: "bundled", ...bundled });
      else expect(plugin).toEqual({ name: plugin.name, status: "unsupported", reason: expect.any(String) });
    }
  });
});

describe("termite serve refuses", () => {
  beforeAll(() => mkdirSync(join(home, "refuse"), { recursive: true }));
  const cases: [string, string[], Record<string, string>, RegExp][] = [
    ["a public address", ["--api-url", "http://0.0.0.0:0"], {}, /^error: Cannot listen on "0\.0\.0\.0": .+\nhint: .+\n$/],
    ["a target that this machine has no hardware for", ["--require-target", "onnx:cuda"], {}, /^error: Cannot serve on "onnx:cuda" as require_target asks: no NVIDIA GPU is found\nhint: termite doctor\n$/],
    ["a list of what is no plugin", ["--auto-install=onnx:cpu"], {}, /plugins\.auto_install: found \["onnx:cpu"\], expected true, false, or a list/],
    ["every problem at once", ["--limits-inputs", "many"], { TERMITE_LOG_LEVEL: "loud" }, /limits\.inputs[\s\S]+log\.level|log\.level[\s\S]+limits\.inputs/],
  ];
  test.each(cases)("%s", async (_, args, env, message) => {
    const { exitCode, stderr, stdout } = await runTermite(["serve", ...args], { home, env });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toMatch(message);
  });

  test("a port in use, naming the port", async () => {
    using taken = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("taken") });
    const { exitCode, stderr } = await runTermite(["serve", "--api-url", `http://127.0.0.1:${taken.port}`], { home });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`Cannot listen on "127.0.0.1:${taken.port}": the port is in use`);
  });

  test("a home that cannot be written: exit code 1 and one line with its path", async () => {
    const locked = join(home, "locked");
    mkdirSync(locked, { mode: 0o555 });
    chmodSync(home, 0o755);
    const uid = 65534;
    const write = Bun.spawn(["touch", join(locked, "x")], { uid, gid: uid, stdio: ["ignore", "ignore", "ignore"] });
    expect(await write.exited).not.toBe(0);
    const { exitCode, stderr } = await runTermite(["serve", "--home", join(locked, "termite"), "--api-url", "http://127.0.0.1:0"], { home: locked, uid });
    expect(exitCode).toBe(1);
    expect(stderr.split("\n").filter((line) => line.includes(join(locked, "termite")))).toHaveLength(1);
  });
});
