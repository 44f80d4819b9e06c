// The tables of the house style, section 1: who may import whom, which package enters where, what a file may be named.

/** Imported by everyone, importing only each other. */
export const LEAVES = [
  "heads", "errors.ts", "tensor.ts", "log.ts", "nearest.ts", "race-abort.ts", "target.ts", "loopback.ts", "wire-error.ts",
  "is-record.ts", "strip-folders.ts", "go-duration.ts", "format-bytes.ts", "version-order.ts", "task.ts",
  "metrics.ts", "cgroup.ts", "engine-cores.ts",
];

/**
 * Folder -> folders that it may import, beside itself and the leaves. The chain goes downwards; nothing above `runners`
 * imports `backends` or `ffi`, because the server process never holds a native inference library. "*" is everything.
 */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  "main.ts": ["*"],
  cli: ["*"],
  server: ["pipelines"],
  pipelines: ["scheduler", "runners", "tokenizers", "models"],
  scheduler: ["runners"],
  runners: ["backends", "ffi"],
  backends: ["ffi"],
  ffi: [],
  plugins: ["net", "config", "ffi"],
  models: ["net", "config", "ffi"],
  runtime: ["net", "config", "ffi"],
  doctor: ["plugins", "runtime", "models", "net", "config"],
  tokenizers: ["ffi"],
  net: [],
  config: [],
};

/** What may be imported as a type only: the shapes that travel through `createApp(deps)` and the configuration. */
export const TYPE_LAYERS: Readonly<Record<string, readonly string[]>> = {
  server: ["scheduler", "runners", "models"],
  pipelines: ["backends"],
  scheduler: ["backends"],
  config: ["models"],
};

/** Package -> the folder or file of `src/` where it may enter ("*": anywhere). A package that is not here may not enter. */
export const DOORS: Readonly<Record<string, readonly string[]>> = {
  citty: ["cli/"],
  consola: ["cli/output.ts"],
  hono: ["server/"],
  "@valibot/to-json-schema": ["config/", "server/"],
  c12: ["config/load.ts"],
  confbox: ["config/"],
  nanotar: ["runtime/"],
  "modern-tar": ["plugins/bundle/"],
  "@bufbuild/protobuf": ["backends/xla/onnx/", "backends/onnx/stored-weights.ts"],
  "onnx-buf": ["backends/xla/onnx/"],
  tokenizers: ["tokenizers/"],
  "js-tiktoken": ["server/"],
  "prom-client": ["server/metrics/"],
  "bun:ffi": ["ffi/"],
  valibot: ["*"],
  bun: ["*"],
};

/** Files whose statements run when they are loaded: the program, and the entry of a thread. */
export const ENTRIES = [
  "main.ts", "backends/onnx/worker.ts", "backends/xla/worker.ts", "plugins/store/hash-worker.ts",
];

/** Symbol and op tables, exempt from the length limit. */
export const TABLES: readonly string[] = [];

export const MAX_LINES = 300;
export const MAX_HEADER_LINES = 4;
export const FORBIDDEN_WORDS = ["utils", "util", "helpers", "helper", "common", "misc", "manager"];
