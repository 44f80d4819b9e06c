import { describe, expect, test } from "bun:test";
import { createFileLayer } from "../../src/config/file-layer.ts";
import { formatProblem } from "../../src/config/problem.ts";

const source = { shown: "t.yaml", path: "/srv/t.yaml", baseDir: "/srv" };

const model = 'expected the name of a model such as "bge-small-en-v1.5" or "BAAI/bge-small-en-v1.5:int8"';
const plugins = "expected true, false, or a list of onnx:cuda, xla:cuda, xla:tpu";
const duration = 'expected a duration from 1ms to 24h such as "500ms", "60s", "5m" or "1h"';
const sizes = "expected a whole number from 1 to 65536, or a list of them";
const poolings = "expected one of mean, cls, max, last, weighted, mean-sqrt-len";
const targets = "expected one of onnx:cuda, xla:cuda, xla:tpu, onnx:cpu, xla:cpu";
const address = 'expected an address such as "http://127.0.0.1:11433": http, a host and a port, nothing after them';
const models = `${model}, or a map from task (embed, rerank, classify, recognize, sparse) to such a name`;
const origin = 'expected an origin such as "https://app.example": scheme, host and port, nothing after them; or "*" alone';

const lasting = 'expected a duration from 1ms to 500h such as "5m", or 0 or a negative number for ever';
const index =
  'expected the https address of a package index such as "https://host/simple/" (http on this machine only), or of ' +
  'a folder of wheels such as "file:///srv/wheels"';
const mirrors = "expected a list of such addresses as plugins.index_url takes";

function listProblems(data: Record<string, unknown>): string[] {
  return createFileLayer(data, source).problems.map(formatProblem);
}

/** "plugins.mirrors" as a file nests it. */
describe("createFileLayer()", () => {
  test("gives every leaf by its dotted key", () => {
    const data = {
      models_dir: "m",
      plugins: { auto_install: ["onnx:cuda"], mirrors: ["https://host/simple/", "file:///srv/wheels"] },
      limits: { inputs: 3 },
      log: null,
      models: { "a/b.c:d": { pooling: "last", prompts: { default: "query: " }, dimensions: 64, target: "xla:cpu" }, e: null },
    };
    const layer = createFileLayer(data, source);
    expect(layer.problems).toEqual([]);
    expect(Object.fromEntries([...layer.settings].map(([key, { value }]) => [key, value]))).toEqual({
      models_dir: "m",
      "plugins.auto_install": ["onnx:cuda"],
      "plugins.mirrors": ["https://host/simple/", "file:///srv/wheels"],
      "limits.inputs": 3,
      "models.a/b.c:d.pooling": "last",
      "models.a/b.c:d.prompts": { default: "query: " },
      "models.a/b.c:d.dimensions": 64,
      "models.a/b.c:d.target": "xla:cpu",
    });
    expect(layer.settings.get("models_dir")).toEqual({ value: "m", origin: "/srv/t.yaml", baseDir: "/srv" });
  });

  test.each<[Record<string, unknown>, string]>([
    [{ limit: {} }, 't.yaml: limit: unknown key, did you mean "limits"?'],
    [{ limits: { input: 3 } }, 't.yaml: limits.input: unknown key, did you mean "limits.inputs"?'],
    [{ auto_install: false }, 't.yaml: auto_install: unknown key, did you mean "plugins.auto_install"?'],
    [{ "limits.inputs": 3 }, "t.yaml: limits.inputs: unknown key, write it as nested maps"],
    [
      { models: { "a.b": { poling: "cls" } } },
      't.yaml: models.a.b.poling: unknown key, did you mean "models.a.b.pooling"?',
    ],
    [{ extends: "github:x/y" }, "t.yaml: extends: unknown key"],
    [{ constructor: 1 }, "t.yaml: constructor: unknown key"],
    [{ toString: 1 }, "t.yaml: toString: unknown key"],
    [{ models: { a: { constructor: 1 } } }, "t.yaml: models.a.constructor: unknown key"],
    [{ home: "x" }, "t.yaml: home: cannot be set in a file, use --home or TERMITE_HOME"],
    [{ offline: true }, "t.yaml: offline: cannot be set in a file, use --offline or TERMITE_OFFLINE"],
    [{ config: "x" }, "t.yaml: config: cannot be set in a file, use --config"],
    [{ limits: [1] }, "t.yaml: limits: found [1], expected a map"],
    [{ models: "x" }, 't.yaml: models: found "x", expected a map'],
    [{ models: { a: { prompts: ["x"] } } }, 't.yaml: models.a.prompts: found ["x"], expected a map'],
    [{ models: { a: { prompts: { q: 3 } } } }, "t.yaml: models.a.prompts.q: found 3, expected a text"],
    [{ preload: [null] }, `t.yaml: preload[0]: found nothing, ${model}`],
    [{ preload: "a" }, 't.yaml: preload: found "a", expected a list of names of models'],
    [{ models_dir: null }, "t.yaml: models_dir: found nothing, expected a folder"],
    [{ limits: { inputs: "many" } }, 't.yaml: limits.inputs: found "many", expected a whole number from 1 to 1000000'],
    [{ cache: { mb: -1 } }, "t.yaml: cache.mb: found -1, expected a whole number from 0 to 1048576"],
    [{ limits: { inputs: 1.5 } }, "t.yaml: limits.inputs: found 1.5, expected a whole number from 1 to 1000000"],
    [{ limits: { inputs: Number.NaN } }, "t.yaml: limits.inputs: found NaN, expected a whole number from 1 to 1000000"],
    [{ require_target: "onnx" }, `t.yaml: require_target: found "onnx", ${targets}`],
    [{ plugins: { auto_install: "yes" } }, `t.yaml: plugins.auto_install: found "yes", ${plugins}`],
    [{ plugins: { auto_install: [] } }, `t.yaml: plugins.auto_install: found [], ${plugins}`],
    [{ plugins: { auto_install: ["onnx:cpu"] } }, `t.yaml: plugins.auto_install: found ["onnx:cpu"], ${plugins}`],
    [{ plugins: { auto_install_timeout: "30" } }, `t.yaml: plugins.auto_install_timeout: found "30", ${duration}`],
    [{ plugins: { mirrors: "https://host/" } }, `t.yaml: plugins.mirrors: found "https://host/", ${mirrors}`],
    [{ plugins: { mirrors: ["ftp://u:p@host/"] } }, `t.yaml: plugins.mirrors: found "ftp://…@host/", ${index}`],
    [{ plugins: { mirrors: ["file://host/srv"] } }, `t.yaml: plugins.mirrors: found "file://host/srv", ${index}`],
    [{ models: { a: { target: "onnx" } } }, `t.yaml: models.a.target: found "onnx", ${targets}`],
    [
      { models: { a: { precision: "fp16" } } },
      't.yaml: models.a.precision: found "fp16", expected one of f32, tf32, bf16, f16, did you mean "f16"?',
    ],
    [{ keep_alive: 300 }, `t.yaml: keep_alive: found 300, ${lasting}`],
    [{ keep_alive: "501h" }, `t.yaml: keep_alive: found "501h", ${lasting}`],
    [{ keep_alive: null }, `t.yaml: keep_alive: found nothing, ${lasting}`],
    [{ plugins: { index_url: "ftp://u:p@host/" } }, `t.yaml: plugins.index_url: found "ftp://…@host/", ${index}`],
    [{ plugins: { index_url: "http://host/simple/" } }, `t.yaml: plugins.index_url: found "http://host/simple/", ${index}`],
    [{ plugins: { allow_system: "yes" } }, 't.yaml: plugins.allow_system: found "yes", expected true or false'],
    [{ plugins: { alow_system: true } }, 't.yaml: plugins.alow_system: unknown key, did you mean "plugins.allow_system"?'],
    [{ api_url: "https://user:secret@host" }, `t.yaml: api_url: found "https://…@host", ${address}`],
    [{ default_model: { embd: "a" } }, `t.yaml: default_model: found {"embd":"a"}, ${models}`],
    [{ default_model: {} }, `t.yaml: default_model: found {}, ${models}`],
    [{ default_model: { embed: "a b" } }, `t.yaml: default_model.embed: found "a b", ${model}`],
    [{ default_model: { rerank: null } }, `t.yaml: default_model: found {"rerank":null}, ${models}`],
    [{ default_model: new Date("2024-01-01") }, `t.yaml: default_model: found {}, ${models}`],
    [{ aliases: ["a"] }, 't.yaml: aliases: found ["a"], expected a map'],
    [{ aliases: { a: 3 } }, `t.yaml: aliases.a: found 3, ${model}`],
    [{ aliases: { a: "b", b: "c" } }, 't.yaml: aliases.a: found "b", which is an alias itself, expected the name of a model'],
    [{ cors: { origins: "*" } }, 't.yaml: cors.origins: found "*", expected a list of origins'],
    [{ cors: { origins: ["https://a/"] } }, `t.yaml: cors.origins: found "https://a/", ${origin}`],
    [{ cors: { origins: ["*", "https://a"] } }, 't.yaml: cors.origins: found ["*","https://a"], expected "*" alone'],
    [
      { openai: { token_ids: "modle" } },
      't.yaml: openai.token_ids: found "modle", expected one of cl100k, model, refuse, did you mean "model"?',
    ],
    [
      { models: { a: { task: "embedd" } } },
      't.yaml: models.a.task: found "embedd", expected one of embed, rerank, classify, recognize, sparse, did you mean "embed"?',
    ],
    [
      { models: { a: { pooling: "lats" } } },
      `t.yaml: models.a.pooling: found "lats", ${poolings}, did you mean "last"?`,
    ],
    [
      { models: { a: { dimensions: [64, 0] } } },
      "t.yaml: models.a.dimensions[1]: found 0, expected a whole number from 1 to 65536",
    ],
    [{ models: { a: { dimensions: "64" } } }, `t.yaml: models.a.dimensions: found "64", ${sizes}`],
    [{ models: { a: { dimensions: [] } } }, `t.yaml: models.a.dimensions: found [], ${sizes}`],
    [
      { models: { a: { variant: "../x" } } },
      't.yaml: models.a.variant: found "../x", expected the name of a variant such as "int8"',
    ],
  ])("refuses %j", (data, line) => {
    expect(listProblems(data)).toEqual([line]);
  });

  test("refuses __proto__, which is a key like any other", () => {
    expect(listProblems(JSON.parse('{"__proto__": {"inputs": 1}}'))).toEqual(["t.yaml: __proto__: unknown key"]);
  });

  test("tells every problem at once", () => {
    expect(listProblems({ a: 1, b: 2, aliases: { a: 1 }, limits: { inputs: 0, c: 1 }, preload: 3 })).toHaveLength(6);
  });

  test("gives the default models of tasks keys of their own, the one for embedding the key's own", () => {
    const layer = createFileLayer({ default_model: { rerank: "r", embed: "e" }, aliases: null }, source);
    expect([layer.problems, [...layer.settings].map(([key, { value }]) => [key, value])]).toEqual([
      [],
      [["default_model.rerank", "r"], ["default_model", "e"]],
    ]);
  });

  test("takes a list of only foreign engines as no list", () => {
    const layer = createFileLayer({ backend_priority: ["go:cpu"] }, source);
    expect([layer.problems, [...layer.settings.keys()]]).toEqual([[], []]);
    expect(layer.warnings).toEqual(["t.yaml: backend_priority: go:cpu is an engine of another termite: onnx:cpu replaces it"]);
  });

  test("warns of the settings and engines of the Go termite, once each", () => {
    const data = { health_port: 4200, pool_size: 2, backend_priority: ["coreml", "onnx", "go"] };
    const layer = createFileLayer(data, source);
    expect(layer.problems).toEqual([]);
    expect([...layer.settings.keys()]).toEqual(["backend_priority"]);
    expect(layer.settings.get("backend_priority")?.value).toEqual(["onnx"]);
    expect(layer.warnings).toEqual([
      "t.yaml: health_port is a setting of another termite and not obeyed: /healthz and /readyz are served on api_url",
      "t.yaml: pool_size is a setting of another termite and not obeyed: one session per model serves all requests, " +
        "nothing replaces it",
      "t.yaml: backend_priority: coreml is an engine of another termite: nothing replaces it",
      "t.yaml: backend_priority: go is an engine of another termite: onnx:cpu replaces it",
    ]);
  });
});
