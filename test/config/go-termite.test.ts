// A whole configuration of the Go termite, as a person would bring it along: every key of its documentation.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../../src/config/load.ts";
import { useTempFolders } from "./temp-folder.ts";

const createFolder = useTempFolders();
const GO_FILE = readFileSync(join(import.meta.dir, "../fixtures/go-termite/termite.yaml"), "utf8");

const foreign = "is a setting of another termite and not obeyed";
const nothing = "nothing replaces it";

/** By key, in the order of the file. */
const WARNINGS: readonly (readonly [key: string, text: string])[] = [
  ["health_port", `health_port ${foreign}: /healthz and /readyz are served on api_url`],
  ["log.style", 'log.style: noop is a style of another termite: log.level "error" says least'],
  ["backend_priority", `backend_priority: coreml is an engine of another termite: ${nothing}`],
  ["backend_priority", "backend_priority: go is an engine of another termite: onnx:cpu replaces it"],
  ["model_strategies", `model_strategies ${foreign}: preload names what is loaded at the start`],
  ["pool_size", `pool_size ${foreign}: one session per model serves all requests, ${nothing}`],
  ["max_queue_size", `max_queue_size ${foreign}: max_queue_tokens replaces it`],
  ["content_security", `content_security ${foreign}: termite fetches nothing that a request names, ${nothing}`],
  ["s3_credentials", `s3_credentials ${foreign}: ${nothing}`],
];

const GO_VARIABLES = {
  TERMITE_API_URL: "http://localhost:11433",
  TERMITE_MODELS_DIR: "~/.termite/models",
  TERMITE_PLUGINS_DIR: "~/.termite/plugins",
  TERMITE_PLUGINS_AUTO_INSTALL: "false",
  TERMITE_HEALTH_PORT: "4200",
  TERMITE_LOG_LEVEL: "info",
  TERMITE_LOG_STYLE: "noop",
  TERMITE_BACKEND_PRIORITY: "onnx:cuda,onnx,xla,coreml,go",
  TERMITE_KEEP_ALIVE: "0",
  TERMITE_MAX_LOADED_MODELS: "3",
  TERMITE_MAX_MEMORY_MB: "4096",
  TERMITE_PRELOAD: "BAAI/bge-small-en-v1.5",
  TERMITE_MODEL_STRATEGIES: "x",
  TERMITE_POOL_SIZE: "2",
  TERMITE_MAX_CONCURRENT_REQUESTS: "10",
  TERMITE_MAX_QUEUE_SIZE: "100",
  TERMITE_REQUEST_TIMEOUT: "1m30s",
  TERMITE_CONTENT_SECURITY_BLOCK_PRIVATE_IPS: "true",
  TERMITE_S3_CREDENTIALS_ACCESS_KEY_ID: "id",
};

const EXPECTED = {
  href: "http://localhost:11433/",
  modelsDir: "/home/ann/.termite/models",
  pluginsDir: "/home/ann/.termite/plugins",
  backendPriority: ["onnx:cuda", "onnx:cpu", "xla:cuda", "xla:tpu", "xla:cpu"],
  keepAliveMs: undefined,
  maxLoadedModels: 3,
  maxMemoryMb: 4096,
  preload: ["BAAI/bge-small-en-v1.5"],
  requestTimeoutMs: 90_000,
  style: "logfmt",
} as const;

async function load(files: Record<string, string>, env: Record<string, string>) {
  const cwd = createFolder(files);
  const { config, warnings } = await loadConfig({ flags: {}, cwd, isTerminal: false, env: { HOME: "/home/ann", ...env } });
  const { apiUrl, modelsDir, pluginsDir, backendPriority, keepAliveMs, preload, requestTimeoutMs, log } = config;
  const { maxLoadedModels, maxMemoryMb } = config;
  const life = { keepAliveMs, maxLoadedModels, maxMemoryMb, preload };
  const meaning = { href: apiUrl.href, modelsDir, pluginsDir, backendPriority, ...life, requestTimeoutMs };
  return { meaning: { ...meaning, style: log.style }, warnings };
}

describe("loadConfig()", () => {
  test("obeys or answers every key of a Go termite's file", async () => {
    const { meaning, warnings } = await load({ "termite.yaml": GO_FILE }, {});
    expect(meaning).toEqual(EXPECTED);
    expect(warnings).toEqual(WARNINGS.map(([, text]) => `termite.yaml: ${text}`));
  });

  test("obeys or answers every key of a Go termite's environment", async () => {
    const { meaning, warnings } = await load({}, GO_VARIABLES);
    expect(meaning).toEqual(EXPECTED);
    const lines = WARNINGS.map(([key, text]) => `${findVariable(key)}: ${text}`);
    expect([...warnings].sort()).toEqual(lines.sort());
  });
});

function findVariable(key: string): string {
  const start = `TERMITE_${key.replace(".", "_").toUpperCase()}`;
  return Object.keys(GO_VARIABLES).find((name) => name.startsWith(start)) ?? start;
}
