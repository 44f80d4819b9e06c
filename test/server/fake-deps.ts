// What a test gives the server: an embedder that answers from the texts alone, and a log that remembers.
import type { Log, LogFields } from "../../src/log.ts";
import { TermiteError } from "../../src/errors.ts";
import { NO_METRICS } from "../../src/metrics.ts";
import type { ModelDescription } from "../../src/models/manifest.ts";
import type { EmbedRequest, EmbedResult, PreloadOptions } from "../../src/pipelines/embed-request.ts";
import type { ServerDeps } from "../../src/server/deps.ts";
import { createManifest } from "../pipelines/embedder-parts.ts";
import { DEFAULT_MODELS, createFakeTasks, type TaskCall } from "./fake-tasks.ts";

export interface LogLine {
  level: keyof Log;
  message: string;
  fields: LogFields;
}

export interface FakeDeps extends ServerDeps {
  requests: EmbedRequest[];
  /** What was asked of every other task. */
  calls: TaskCall[];
  /** Models that were to be loaded or unloaded without a text. */
  moves: ({ load: string } & Omit<PreloadOptions, "signal"> | { unload: string })[];
  lines: LogLine[];
}

export const MODEL = "all-minilm-l6-v2:int8";
export const BGE = "BAAI/bge-small-en-v1.5";
export const TARGET = { requested: "onnx:cpu", actual: "onnx:cpu", reason: null } as const;

/** As the files of `MODEL` say it. */
export const MANIFEST = createManifest({ id: MODEL, embedded: true, sizeBytes: 2, modifiedAt: 1_770_000_000, nativeDimensions: 384, maxTokens: 256 });

export const DESCRIPTION: ModelDescription = {
  id: MODEL,
  task: "embed",
  embedded: true,
  digest: MANIFEST.digest,
  sizeBytes: 2,
  modifiedAt: 1_770_000_000,
  architecture: "bert",
  weights: { parameters: 22_713_216, quantization: "I8" },
};
/** Of which little is known. */
const OTHER: ModelDescription = {
  id: BGE, task: "embed", embedded: false, digest: "b".repeat(64), sizeBytes: 1, modifiedAt: 1_760_000_000, architecture: undefined, weights: {},
};

const models: ServerDeps["models"] = {
  list: async () => [
    { id: BGE, kind: "embedders", embedded: false, sizeBytes: 1, modifiedAt: 1_760_000_000.5 },
    { id: MODEL, embedded: true, sizeBytes: 2, modifiedAt: 1_770_000_000 },
    { id: "broken", embedded: false, sizeBytes: 1, modifiedAt: 1, problem: "Cannot load it" },
  ],
  identify: async (name) => await models.describe(name),
  describe: async (name) => [DESCRIPTION, OTHER].find(({ id }) => id === name) ?? refuse(name),
  resolve: async (name) => (name === MODEL || name === "x" ? MANIFEST : refuse(name)),
};

function refuse(name: string): never {
  if (name === "broken") throw new TermiteError("model_load_failed", 'Cannot load model "broken": "modules.json" is not valid JSON');
  throw new TermiteError("model_not_found", `Cannot find model "${name}": no such model in the models folder`, {
    hint: `Did you mean "${MODEL}"?`,
  });
}

/** Values that print badly as doubles, and a third that differs by text. */
export function createVector(text: string): Float32Array<ArrayBuffer> {
  return Float32Array.of(0.1, -1 / 3, text.length / 7);
}

export function answerAtOnce(request: EmbedRequest): Promise<EmbedResult> {
  return Promise.resolve({
    model: MODEL,
    vectors: request.texts.map(createVector),
    promptTokens: request.texts.length * 3,
    loadNs: 1500.4,
  });
}

/** Never answers by itself; rejects with the signal's reason, as the pipeline does. */
export function answerNever({ signal }: EmbedRequest): Promise<EmbedResult> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}

export function createFakeDeps(
  overrides: Partial<ServerDeps> = {},
  embed: (request: EmbedRequest) => Promise<EmbedResult> = answerAtOnce,
): FakeDeps {
  const requests: EmbedRequest[] = [];
  const calls: TaskCall[] = [];
  const moves: FakeDeps["moves"] = [];
  const lines: LogLine[] = [];
  const write =
    (level: keyof Log) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, fields });
  return {
    embedder: {
      embed: (request) => {
        requests.push(request);
        return embed(request);
      },
      preload: async (load, { keepAliveMs } = {}) => (moves.push({ load, keepAliveMs }), { model: MODEL, loadNs: 1500.4 }),
      unload: async (unload) => (moves.push({ unload }), MODEL),
      loaded: () => [],
    },
    tasks: createFakeTasks(calls),
    models,
    defaultModel: (task) => DEFAULT_MODELS[task],
    runner: () => ({
      target: TARGET,
      device: { name: "cpu", index: 0, memoryBytes: 8_000_000_000, usedBytes: null },
      runner: { pid: 42, library: "onnxruntime", version: "1.30.0", memoryBytes: 90_000_000 },
      memory: null,
      programs: null,
    }),
    readiness: () => ({ status: "ready", target: TARGET }),
    version: { version: "0.1.0", build: "test", engines: {} },
    limits: { bodyBytes: 5_000_000, inputs: 2048, textBytes: 1000 },
    requestTimeoutMs: 5000,
    openaiTokenIds: "cl100k",
    apiKeys: [],
    corsOrigins: [],
    configSchema: { type: "object" },
    metrics: { ...NO_METRICS, format: async () => "", contentType: "text/plain; charset=utf-8" },
    log: { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") },
    requests,
    calls,
    moves,
    lines,
    ...overrides,
  };
}

export function post(body: unknown): RequestInit {
  const isRaw = typeof body === "string" || body instanceof Uint8Array;
  return { method: "POST", body: isRaw ? body : JSON.stringify(body) };
}
