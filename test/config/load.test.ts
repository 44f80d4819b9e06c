import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { TermiteError } from "../../src/errors.ts";
import type { LogStyle } from "../../src/config/config.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { ConfigInput } from "../../src/config/load.ts";
import { catchError } from "./catch-error.ts";
import { useTempFolders } from "./temp-folder.ts";

const createFolder = useTempFolders();

function load(cwd: string, input: Partial<ConfigInput> = {}) {
  return loadConfig({ flags: {}, cwd, isTerminal: false, ...input, env: { HOME: "/home/ann", ...input.env } });
}

async function catchTermiteError(promise: Promise<unknown>): Promise<TermiteError> {
  const error = await catchError(promise);
  if (error instanceof TermiteError) return error;
  throw error;
}

describe("loadConfig()", () => {
  test("gives every default and its origin when nothing is set", async () => {
    const { config, values, file, warnings } = await load(createFolder());
    const targets = ["onnx:cuda", "xla:cuda", "xla:tpu", "onnx:cpu", "xla:cpu"] as const;
    expect(config).toEqual({
      home: "/home/ann/.termite",
      apiUrl: new URL("http://127.0.0.1:11433"),
      allowUnauthenticated: false,
      apiKeys: [],
      corsOrigins: [],
      openaiTokenIds: "cl100k",
      modelsDir: "/home/ann/.termite/models",
      pluginsDir: "/home/ann/.termite/plugins",
      autoInstall: true,
      autoInstallTimeoutMs: 1_800_000,
      mirrors: [],
      indexUrl: undefined,
      allowSystem: false,
      backendPriority: targets,
      requireTarget: undefined,
      defaultModel: "all-minilm-l6-v2:int8",
      defaultModels: { embed: "all-minilm-l6-v2:int8" },
      aliases: {},
      preload: [],
      keepAliveMs: 300_000,
      maxLoadedModels: 0,
      maxMemoryMb: 0,
      requestTimeoutMs: 60_000,
      maxConcurrentRequests: 512,
      maxQueueTokens: 200_000,
      maxBatchTokens: undefined,
      cacheMb: 16,
      limits: { bodyMb: 16, inputs: 2048, textMb: 1 },
      log: { level: "info", style: "logfmt", access: true },
      models: {},
      offline: false,
    });
    expect(Object.fromEntries(Object.entries(values).map(([key, { value }]) => [key, value]))).toEqual({
      home: "/home/ann/.termite",
      offline: false,
      api_url: "http://127.0.0.1:11433",
      allow_unauthenticated: false,
      api_keys: null,
      "cors.origins": [],
      "openai.token_ids": "cl100k",
      models_dir: "/home/ann/.termite/models",
      plugins_dir: "/home/ann/.termite/plugins",
      "plugins.auto_install": true,
      "plugins.auto_install_timeout": "30m",
      "plugins.index_url": null,
      "plugins.mirrors": [],
      "plugins.allow_system": false,
      backend_priority: targets,
      require_target: null,
      default_model: "all-minilm-l6-v2:int8",
      aliases: null,
      preload: [],
      keep_alive: "5m",
      request_timeout: "60s",
      max_concurrent_requests: 512, max_loaded_models: 0, max_memory_mb: 0,
      max_queue_tokens: 200_000,
      max_batch_tokens: null,
      "cache.mb": 16,
      "limits.body_mb": 16,
      "limits.inputs": 2048,
      "limits.text_mb": 1,
      "log.level": "info",
      "log.style": "logfmt",
      "log.access": true,
    });
    expect(Object.values(values).every(({ origin }) => origin === "default")).toBe(true);
    expect([file, warnings]).toEqual([undefined, []]);
  });

  test("obeys flag over environment over file over default, and never joins lists", async () => {
    const text = "preload: [file]\nlimits: {body_mb: 1, inputs: 1, text_mb: 1}\nbackend_priority: [xla, xla:cpu]\n";
    const cwd = createFolder({ "termite.yaml": text });
    const env = { TERMITE_PRELOAD: "env", TERMITE_LIMITS_BODY_MB: "2", TERMITE_LIMITS_INPUTS: "2" };
    const { config, values, file } = await load(cwd, { env, flags: { "limits-body-mb": "3", preload: "flag" } });
    expect(config.preload).toEqual(["flag"]);
    expect(config.limits).toEqual({ bodyMb: 3, inputs: 2, textMb: 1 });
    expect(config.backendPriority).toEqual(["xla:cuda", "xla:tpu", "xla:cpu"]);
    expect(file).toBe(join(cwd, "termite.yaml"));
    expect(values["limits.body_mb"]).toEqual({ value: 3, origin: "--limits-body-mb" });
    expect(values["limits.inputs"]).toEqual({ value: 2, origin: "TERMITE_LIMITS_INPUTS" });
    expect(values["limits.text_mb"]).toEqual({ value: 1, origin: join(cwd, "termite.yaml") });
    expect(values["log.level"]).toEqual({ value: "info", origin: "default" });
    expect(values.backend_priority?.value).toEqual(["xla:cuda", "xla:tpu", "xla:cpu"]);
  });

  test.each([
    ["a path", "/abc".repeat(20_000), "found a path of 80000 bytes, expected at most 3584"],
    ["a name", `/${"x".repeat(300)}`, "found a name of 300 bytes, expected at most 255"],
  ])("refuses a folder with %s that no file system takes", async (_, path, found) => {
    const error = await catchTermiteError(load(createFolder(), { flags: { "plugins-dir": path } }));
    expect(error).toMatchObject({
      code: "invalid_config", message: `Cannot use the configuration: 1 problem\n--plugins-dir: plugins_dir: ${found}`,
    });
    expect((await catchTermiteError(load(createFolder(), { env: { TERMITE_HOME: path } }))).message)
      .toBe(`Cannot use the configuration: 1 problem\nTERMITE_HOME: home: ${found}`);
  });

  test("reads what is said of plugins and of the life of a model", async () => {
    const text = "keep_alive: 0\nplugins: {index_url: http://127.0.0.1:8080/simple/, allow_system: true}\n";
    const { config } = await load(createFolder({ "termite.yaml": text }));
    expect([config.keepAliveMs, config.indexUrl, config.allowSystem]).toEqual([
      undefined,
      "http://127.0.0.1:8080/simple/",
      true,
    ]);
  });

  test("shows an index without its user name and password", async () => {
    const indexUrl = "https://me:secret@host/simple/";
    const flags = { "plugins-index-url": indexUrl };
    const { config, values } = await load(createFolder(), { flags, env: { TERMITE_PLUGINS_INDEX_URL: "https://no/" } });
    expect(config.indexUrl).toBe(indexUrl);
    expect(values["plugins.index_url"]).toEqual({ value: "https://…@host/simple/", origin: "--plugins-index-url" });
  });

  test("shows mirrors without their user names and passwords", async () => {
    const flags = { "plugins-mirrors": "https://me:secret@host/simple/,file:///srv/wheels" };
    const { config, values } = await load(createFolder(), { flags });
    expect(config.mirrors).toEqual(["https://me:secret@host/simple/", "file:///srv/wheels"]);
    expect(values["plugins.mirrors"]?.value).toEqual(["https://…@host/simple/", "file:///srv/wheels"]);
  });

  test.each([
    [{}, "plugins: {auto_install: [onnx:cuda, xla:tpu], auto_install_timeout: 90s}", ["onnx:cuda", "xla:tpu"], 90_000],
    [{ "auto-install": true }, "plugins: {auto_install: false}", true, 1_800_000],
    [{ "auto-install": "xla:cuda" }, "plugins: {auto_install: false}", ["xla:cuda"], 1_800_000],
    [{ "auto-install": false }, "", false, 1_800_000],
  ])("reads what to install by itself from %j and %j", async (flags, text, autoInstall, autoInstallTimeoutMs) => {
    const { config } = await load(createFolder({ "termite.yaml": text }), { flags });
    expect(config).toMatchObject({ autoInstall, autoInstallTimeoutMs });
  });

  test("reads target, precision and batches of a model", async () => {
    const text = "models: {a: {target: 'xla:cpu', precision: bf16, max_batch_tokens: 256}}";
    const { config } = await load(createFolder({ "termite.yaml": text }));
    expect(config.models).toEqual({ a: { target: "xla:cpu", precision: "bf16", maxBatchTokens: 256 } });
  });

  test("starts relative paths of a file in its folder, and others in the current one", async () => {
    const folder = createFolder({ "conf/t.yml": "models_dir: m\nplugins_dir: ~/p\n" });
    const fromFile = (await load(folder, { flags: { config: "conf/t.yml" } })).config;
    expect([fromFile.modelsDir, fromFile.pluginsDir]).toEqual([join(folder, "conf/m"), "/home/ann/p"]);
    const env = { TERMITE_PLUGINS_DIR: "p", TERMITE_HOME: "h" };
    const fromOutside = (await load(folder, { flags: { "models-dir": "m" }, env })).config;
    expect([fromOutside.modelsDir, fromOutside.pluginsDir]).toEqual([join(folder, "m"), join(folder, "p")]);
    expect(fromOutside.home).toBe(join(folder, "h"));
  });

  test("moves models, plugins and the file's second place with the home", async () => {
    const home = createFolder({ "termite.yaml": "limits: {inputs: 7}" });
    const { config, file } = await load(createFolder(), { flags: { home }, env: { TERMITE_HOME: "/elsewhere" } });
    expect(config.modelsDir).toBe(join(home, "models"));
    expect(config.pluginsDir).toBe(join(home, "plugins"));
    expect([config.limits.inputs, file]).toEqual([7, join(home, "termite.yaml")]);
  });

  test("reads the models' settings into their typed form", async () => {
    const text = [
      "models:",
      "  BAAI/bge-small-en-v1.5:int8:",
      "    pooling: mean-sqrt-len",
      "    prompts: {default: 'query: ', passage: ''}",
      "    dimensions: [128, 64, 128]",
      "  e5: {variant: int8, dimensions: 32, pooling: weighted, task: sparse}",
    ].join("\n");
    const { config, values } = await load(createFolder({ "termite.yaml": text }));
    expect(config.models).toEqual({
      "BAAI/bge-small-en-v1.5:int8": {
        pooling: "mean_sqrt_len",
        prompts: { default: "query: ", passage: "" },
        dimensions: [64, 128],
      },
      e5: { variant: "int8", dimensions: [32], pooling: "weightedmean", task: "sparse" },
    });
    expect(values["models.BAAI/bge-small-en-v1.5:int8.pooling"]?.value).toBe("mean-sqrt-len");
  });

  test("reads who may ask, from where, and shows names only", async () => {
    const text = "api_keys: [correct-horse-battery, {name: ci, hash: 'sha256:HEX', tasks: [embed], models: [x]}]\n".replace("HEX", "0".repeat(64));
    const cwd = createFolder({ "termite.yaml": `${text}cors: {origins: ["*"]}\nopenai: {token_ids: refuse}\n` });
    const loaded = await load(cwd, { env: { TERMITE_API_URL: "http://0.0.0.0:80" } });
    expect(loaded.config.apiUrl.href).toBe("http://0.0.0.0/");
    expect(loaded.config).toMatchObject({
      allowUnauthenticated: false,
      apiKeys: [
        { name: "key-1", sha256: "62249369389075490555a758353aec61500c6218fa597252d52dc4bd0148f12d" },
        { name: "ci", sha256: "0".repeat(64), tasks: ["embed"], models: ["x"] },
      ],
      corsOrigins: ["*"],
      openaiTokenIds: "refuse",
    });
    expect(loaded.values.api_keys).toEqual({ value: ["key-1", "ci"], origin: join(cwd, "termite.yaml") });
    expect(JSON.stringify(loaded)).not.toContain("correct-horse");
    const env = { TERMITE_API_KEYS: "battery-horse-correct", TERMITE_CORS_ORIGINS: "https://a,https://b" };
    const { config } = await load(cwd, { env });
    expect([config.apiKeys.map(({ name }) => name), config.corsOrigins]).toEqual([["key-1"], ["https://a", "https://b"]]);
  });

  test("refuses every origin where everyone may ask", async () => {
    const error = await catchTermiteError(load(createFolder(), { flags: { "cors-origins": "*" } }));
    expect(error.message).toBe(
      "Cannot use the configuration: 1 problem\n" +
        '--cors-origins: cors.origins: "*" lets every web page ask: set api_keys, or allow_unauthenticated: true if that is meant',
    );
    const flags = { "cors-origins": "*", "allow-unauthenticated": true };
    expect((await load(createFolder(), { flags })).config.corsOrigins).toEqual(["*"]);
  });

  test("reads aliases and the default models of tasks, of which a flag replaces the one for embedding", async () => {
    const text = "aliases: {small: bge}\ndefault_model: {embed: small, rerank: judge}\n";
    const cwd = createFolder({ "termite.yaml": text });
    const { config, values } = await load(cwd);
    expect(config).toMatchObject({
      aliases: { small: "bge" }, defaultModel: "small", defaultModels: { embed: "small", rerank: "judge" },
    });
    expect(values["default_model.rerank"]).toEqual({ value: "judge", origin: join(cwd, "termite.yaml") });
    const replaced = (await load(cwd, { flags: { "default-model": "other" } })).config;
    expect([replaced.defaultModel, replaced.defaultModels]).toEqual(["other", { embed: "other", rerank: "judge" }]);
    const { defaultModels } = (await load(createFolder({ "termite.yaml": "default_model: {sparse: s}" }))).config;
    expect(defaultModels).toEqual({ embed: "all-minilm-l6-v2:int8", sparse: "s" });
  });

  test.each<[boolean, Record<string, string>, LogStyle]>([
    [true, {}, "terminal"],
    [true, { KUBERNETES_SERVICE_HOST: "10.0.0.1" }, "terminal"],
    [false, { KUBERNETES_SERVICE_HOST: "10.0.0.1" }, "json"],
    [false, {}, "logfmt"],
    [true, { TERMITE_LOG_STYLE: "json" }, "json"],
  ])("chooses the log style when terminal is %p and the environment %p: %s", async (isTerminal, env, style) => {
    const { config } = await load(createFolder(), { isTerminal, env });
    expect(config.log.style).toBe(style);
  });

  const blank = ["", "# nothing\n", "---\n", "limits:\n  # inputs: 3\n", "{}"];
  test.each(blank)("takes the file %p as no settings", async (text) => {
    const cwd = createFolder({ "termite.yaml": text });
    const { values, file } = await load(cwd);
    expect(Object.values(values).every(({ origin }) => origin === "default")).toBe(true);
    expect(file).toBe(join(cwd, "termite.yaml"));
  });

  test("accepts JSON text in a .yaml file, and a folder with odd letters", async () => {
    const folder = createFolder({ "a b%41#é?/t.yaml": '{"limits": {"inputs": 3}, "preload": ["a"]}' });
    const { config } = await load(folder, { flags: { config: "a b%41#é?/t.yaml" } });
    expect([config.limits.inputs, config.preload]).toEqual([3, ["a"]]);
  });

  test("tells every problem of file, environment and flags at once", async () => {
    const cwd = createFolder({ "termite.yaml": "limits: {inputs: many}\nlimit: 3\n" });
    const env = { TERMITE_MODEL_DIR: "x" };
    const error = await catchTermiteError(load(cwd, { env, flags: { "log-level": "loud" } }));
    expect(error.code).toBe("invalid_config");
    expect(error.exitCode).toBe(1);
    expect(error.message).toBe(
      [
        "Cannot use the configuration: 4 problems",
        'termite.yaml: limit: unknown key, did you mean "limits"?',
        'termite.yaml: limits.inputs: found "many", expected a whole number from 1 to 1000000',
        'TERMITE_MODEL_DIR: unknown environment variable, did you mean "TERMITE_MODELS_DIR"?',
        '--log-level: log.level: found "loud", expected one of debug, info, warn, error',
      ].join("\n"),
    );
    expect(error.details?.problems).toHaveLength(4);
  });

  test.each([
    ["http://0.0.0.0", "0.0.0.0", 11433],
    ["http://[::]:80", "::", 80],
    ["http://192.168.1.5:9000", "192.168.1.5", 9000],
  ])("refuses the public address %s without allow_unauthenticated", async (url, host, port) => {
    const error = await catchTermiteError(load(createFolder(), { env: { TERMITE_API_URL: url } }));
    expect(error.code).toBe("public_address_refused");
    expect(error.message).toBe(
      `Cannot listen on "${host}": everyone who can reach this address could ask without a key`,
    );
    expect(error.hint).toBe(
      `Set api_keys, or allow_unauthenticated: true if that is meant, or listen on http://127.0.0.1:${port}`,
    );
    const env = { TERMITE_API_URL: url, TERMITE_ALLOW_UNAUTHENTICATED: "true" };
    const { config } = await load(createFolder(), { env });
    expect(config.apiUrl.href).toBe(new URL(url.includes(":", 7) ? url : `${url}:${port}`).href);
  });

  test.each<[string, Record<string, string>, string]>([
    ["none.yaml", {}, "none.yaml: no such file"],
    ["a/none.yaml", { a: "" }, "a/none.yaml: no such file"],
    ["dir.yaml", { "dir.yaml/x": "" }, "dir.yaml: is a folder, expected a file"],
    ["t.json", { "t.json": "{}" }, 't.json: found the suffix ".json", expected ".yaml" or ".yml"'],
    ["t.yaml", { "t.yaml": "a: 1\n b: 2" }, "t.yaml:2:3: bad indentation of a mapping entry"],
    ["t.yaml", { "t.yaml": "#".repeat(1024 * 1024 + 1) }, "t.yaml: found 1048577 bytes, expected at most 1048576"],
  ])("refuses the file %s of %j", async (named, files, line) => {
    const error = await catchTermiteError(load(createFolder(files), { flags: { config: named } }));
    expect(error.message.slice(0, 200)).toBe(`Cannot use the configuration: 1 problem\n${line}`);
  });

  test("refuses a file that is not UTF-8", async () => {
    const cwd = createFolder();
    await Bun.write(join(cwd, "termite.yaml"), new Uint8Array([0x61, 0x3a, 0x20, 0xff]));
    const error = await catchTermiteError(load(cwd));
    expect(error.message).toBe("Cannot use the configuration: 1 problem\ntermite.yaml: is not UTF-8 text");
  });
});
