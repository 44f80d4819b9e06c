import { describe, expect, test } from "bun:test";
import { DETECTION_VARIABLES } from "../../src/config/choices.ts";
import { formatProblem } from "../../src/config/problem.ts";
import { parseEnvironment, parseFlags } from "../../src/config/text-layer.ts";

describe("parseEnvironment()", () => {
  test("reads each kind of value", () => {
    const env = {
      TERMITE_MODELS_DIR: "m",
      TERMITE_OFFLINE: "1",
      TERMITE_ALLOW_UNAUTHENTICATED: "False",
      TERMITE_PRELOAD: "a, b:int8,,",
      TERMITE_LIMITS_INPUTS: "12",
      TERMITE_REQUEST_TIMEOUT: "5m",
      TERMITE_KEEP_ALIVE: "-1",
      TERMITE_PLUGINS_ALLOW_SYSTEM: "true",
      TERMITE_PLUGINS_AUTO_INSTALL: "onnx:cuda, xla:tpu",
      TERMITE_PLUGINS_MIRRORS: "https://a/simple/,file:///b",
      PATH: "/bin",
    };
    const layer = parseEnvironment(env, "/srv");
    expect(layer.problems).toEqual([]);
    expect(Object.fromEntries([...layer.settings].map(([key, { value }]) => [key, value]))).toEqual({
      models_dir: "m",
      offline: true,
      allow_unauthenticated: false,
      preload: ["a", "b:int8"],
      "limits.inputs": 12,
      request_timeout: "5m",
      keep_alive: "-1",
      "plugins.allow_system": true,
      "plugins.auto_install": ["onnx:cuda", "xla:tpu"],
      "plugins.mirrors": ["https://a/simple/", "file:///b"],
    });
    expect(layer.settings.get("models_dir")).toEqual({ value: "m", origin: "TERMITE_MODELS_DIR", baseDir: "/srv" });
  });

  test.each([["1", true], ["TRUE", true], ["false", false], ["0", false], ["xla:cuda", ["xla:cuda"]]])(
    "reads TERMITE_PLUGINS_AUTO_INSTALL=%s",
    (text, value) => {
      const { problems, settings } = parseEnvironment({ TERMITE_PLUGINS_AUTO_INSTALL: text }, "/");
      expect([problems, settings.get("plugins.auto_install")?.value]).toEqual([[], value]);
    },
  );

  test("takes an empty variable as not set", () => {
    expect(parseEnvironment({ TERMITE_OFFLINE: "", TERMITE_NOPE: "" }, "/")).toEqual(parseEnvironment({}, "/"));
  });

  test.each([
    ["TERMITE_MODEL_DIR", "x", 'TERMITE_MODEL_DIR: unknown environment variable, did you mean "TERMITE_MODELS_DIR"?'],
    ["TERMITE_OFFLINE", "maybe", 'TERMITE_OFFLINE: offline: found "maybe", expected true or false'],
    [
      "TERMITE_LIMITS_INPUTS",
      "0",
      'TERMITE_LIMITS_INPUTS: limits.inputs: found "0", expected a whole number from 1 to 1000000',
    ],
    [
      "TERMITE_LIMITS_BODY_MB",
      "1e3",
      'TERMITE_LIMITS_BODY_MB: limits.body_mb: found "1e3", expected a whole number from 1 to 1024',
    ],
    [
      "TERMITE_REQUEST_TIMEOUT",
      "60",
      'TERMITE_REQUEST_TIMEOUT: request_timeout: found "60", expected a duration from 1ms to 24h such as "500ms", ' +
        '"60s", "5m" or "1h"',
    ],
    [
      "TERMITE_PLUGINS_AUTO_INSTALL",
      "onnx:cuda,onnx:cpu",
      'TERMITE_PLUGINS_AUTO_INSTALL: plugins.auto_install: found ["onnx:cuda","onnx:cpu"], expected true, false, or a ' +
        "list of onnx:cuda, xla:cuda, xla:tpu",
    ],
    [
      "TERMITE_BACKEND_PRIORITY",
      "onnx:cpu,onnx:cdua",
      'TERMITE_BACKEND_PRIORITY: backend_priority: found "onnx:cdua", expected one of onnx:cuda, xla:cuda, xla:tpu, ' +
        'onnx:cpu, xla:cpu, onnx, xla, did you mean "onnx:cuda"?',
    ],
    [
      "TERMITE_BACKEND_PRIORITY",
      "onnx:cuda:1",
      'TERMITE_BACKEND_PRIORITY: backend_priority: found "onnx:cuda:1", expected no device number: it is reserved, ' +
        'one device of a target is used, did you mean "onnx:cuda"?',
    ],
    [
      "TERMITE_BACKEND_PRIORITY", ",",
      "TERMITE_BACKEND_PRIORITY: backend_priority: found [], expected at least one target",
    ],
    [
      "TERMITE_LOG_LEVEL", "warning",
      'TERMITE_LOG_LEVEL: log.level: found "warning", expected one of debug, info, warn, error',
    ],
  ])("refuses %s=%s", (name, value, line) => {
    expect(parseEnvironment({ [name]: value }, "/").problems.map(formatProblem)).toEqual([line]);
  });

  test.each(["TERMITE_BIN", "TERMITE_XYZZY"])("warns of %s, which resembles nothing", (name) => {
    const { problems, warnings } = parseEnvironment({ [name]: "x" }, "/");
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [`${name}: unknown environment variable, not obeyed`] });
  });

  test.each([
    ["TERMITE_SERVICE_HOST", "10.0.0.1"],
    ["TERMITE_SERVICE_PORT", "11433"],
    ["TERMITE_SERVICE_PORT_HTTP", "11433"],
    ["TERMITE_PORT", "tcp://10.0.0.1:11433"],
    ["TERMITE_PORT_11433_TCP", "tcp://10.0.0.1:11433"],
    ["TERMITE_PORT_11433_TCP_ADDR", "10.0.0.1"],
    ["TERMITE_GPU_SERVICE_HOST", "10.0.0.1"],
    ["TERMITE_GPU_PORT", "tcp://10.0.0.1:11433"],
  ])("passes over %s=%s, which is no setting", (name, value) => {
    expect(parseEnvironment({ [name]: value }, "/")).toEqual(parseEnvironment({}, "/"));
  });

  test.each([...DETECTION_VARIABLES])("passes over %s, which detection reads itself", (name) => {
    expect(parseEnvironment({ [name]: "/x" }, "/")).toEqual(parseEnvironment({}, "/"));
  });

  test("names a variable of detection for one that nearly is it", () => {
    expect(parseEnvironment({ TERMITE_SYSTEM_ROT: "/x" }, "/").problems.map(formatProblem)).toEqual([
      'TERMITE_SYSTEM_ROT: unknown environment variable, did you mean "TERMITE_SYSTEM_ROOT"?',
    ]);
  });

  test("warns of a port that no container link says", () => {
    expect(parseEnvironment({ TERMITE_PORT: "8080" }, "/").warnings).toHaveLength(1);
  });

  test.each([
    [
      "TERMITE_HEALTH_PORT",
      "TERMITE_HEALTH_PORT: health_port is a setting of another termite and not obeyed: /healthz and /readyz are " +
        "served on api_url",
    ],
    [
      "TERMITE_S3_CREDENTIALS_ENDPOINT",
      "TERMITE_S3_CREDENTIALS_ENDPOINT: s3_credentials is a setting of another termite and not obeyed: nothing " +
        "replaces it",
    ],
    [
      "TERMITE_CONTENT_SECURITY_MAX_DOWNLOAD_SIZE_BYTES",
      "TERMITE_CONTENT_SECURITY_MAX_DOWNLOAD_SIZE_BYTES: content_security is a setting of another termite and not " +
        "obeyed: termite fetches nothing that a request names, nothing replaces it",
    ],
  ])("warns of %s", (name, line) => {
    const layer = parseEnvironment({ [name]: "4200" }, "/");
    expect([layer.problems, layer.warnings]).toEqual([[], [line]]);
  });
});

test("parseEnvironment() warns of the log style and the engine that only the Go termite has", () => {
  const env = { TERMITE_LOG_STYLE: "noop", TERMITE_BACKEND_PRIORITY: "onnx:cuda,coreml,onnx:cpu" };
  const layer = parseEnvironment(env, "/");
  expect([layer.problems, layer.settings.get("log.style")]).toEqual([[], undefined]);
  expect(layer.settings.get("backend_priority")?.value).toEqual(["onnx:cuda", "onnx:cpu"]);
  expect(layer.warnings).toEqual([
    "TERMITE_BACKEND_PRIORITY: backend_priority: coreml is an engine of another termite: nothing replaces it",
    'TERMITE_LOG_STYLE: log.style: noop is a style of another termite: log.level "error" says least',
  ]);
});

describe("parseFlags()", () => {
  test("reads what parseArgs gave and looks at nothing else", () => {
    const flags = { "models-dir": "m", offline: true, "auto-install": false, json: true, config: "f.yaml" };
    const layer = parseFlags(flags, "/srv");
    expect(layer.problems).toEqual([]);
    expect([...layer.settings]).toEqual([
      ["offline", { value: true, origin: "--offline", baseDir: "/srv" }],
      ["models_dir", { value: "m", origin: "--models-dir", baseDir: "/srv" }],
      ["plugins.auto_install", { value: false, origin: "--no-auto-install", baseDir: "/srv" }],
    ]);
  });

  test.each([
    [{ "models-dir": "" }, '--models-dir: models_dir: found "", expected a folder'],
    [
      { "auto-install": "onnx" },
      '--auto-install: plugins.auto_install: found ["onnx"], expected true, false, or a list of onnx:cuda, xla:cuda, ' +
        "xla:tpu",
    ],
    [{ "max-memory-mb": "-5" }, '--max-memory-mb: max_memory_mb: found "-5", expected a whole number from 0 to 1000000000'],
  ])("refuses %p", (flags, line) => {
    expect(parseFlags(flags, "/").problems.map(formatProblem)).toEqual([line]);
  });
});
