// What a test gives the server: an embedder that answers from the texts alone, and a log that remembers.
import type { Log, LogFields } from "../../src/log.ts";
import type { EmbedRequest, EmbedResult } from "../../src/pipelines/embed-request.ts";
import type { ServerDeps } from "../../src/server/deps.ts";

export interface LogLine {
  level: keyof Log;
  message: string;
  fields: LogFields;
}

export interface FakeDeps extends ServerDeps {
  requests: EmbedRequest[];
  lines: LogLine[];
}

export const MODEL = "all-minilm-l6-v2:int8";

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
      preload: () => Promise.resolve(),
    },
    models: {
      list: () =>
        Promise.resolve([
          { id: "BAAI/bge-small-en-v1.5", embedded: false, sizeBytes: 1, modifiedAt: 1_760_000_000.5 },
          { id: MODEL, embedded: true, sizeBytes: 2, modifiedAt: 1_770_000_000 },
        ]),
    },
    readiness: () => ({ status: "ready", target: { requested: "onnx:cpu", actual: "onnx:cpu", reason: null } }),
    version: { version: "0.1.0", build: "test", engines: {} },
    limits: { bodyBytes: 5_000_000, inputs: 2048, textBytes: 1000 },
    requestTimeoutMs: 5000,
    configSchema: { type: "object" },
    log: { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") },
    requests,
    lines,
    ...overrides,
  };
}

export function post(body: unknown): RequestInit {
  const isRaw = typeof body === "string" || body instanceof Uint8Array;
  return { method: "POST", body: isRaw ? body : JSON.stringify(body) };
}
