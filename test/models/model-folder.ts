// Builds model folders for tests in a temporary place.
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Log, LogFields } from "../../src/log.ts";
import { formatOnnx, type OnnxValue } from "../fixtures/onnx-writer.ts";

export type Files = Readonly<Record<string, unknown>>;

export const createTemporaryFolder = (): string => mkdtempSync(join(tmpdir(), "termite-test-"));

/** Objects become JSON, strings and bytes are written as they are. */
export const writeFiles = (folder: string, files: Files): string => {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    const isRaw = typeof content === "string" || content instanceof Uint8Array;
    writeFileSync(path, isRaw ? content : JSON.stringify(content));
  }
  return folder;
};

/** A graph without nodes whose position table has that many rows, and which says that it gives those outputs. */
export const createGraph = (positions = 7, outputs: readonly OnnxValue[] = []): Uint8Array =>
  formatOnnx({
    nodes: [],
    inputs: [],
    outputs,
    initializers: [
      { name: "embeddings.word_embeddings.weight", element: "float32", dims: [3, 2], values: [1, 2, 3, 4, 5, 6] },
      {
        name: "embeddings.position_embeddings.weight",
        element: "float32",
        dims: [positions, 2],
        values: Array.from({ length: 2 * positions }, () => 0),
      },
    ],
  });

/** The smallest folder that is a model. */
export const createModel = (files: Files = {}): Files => ({ "model.onnx": createGraph(), "tokenizer.json": {}, ...files });

export const POOLING = { word_embedding_dimension: 2, pooling_mode_mean_tokens: true };
export const MODULES = [
  { idx: 0, name: "0", path: "", type: "sentence_transformers.models.Transformer" },
  { idx: 1, name: "1", path: "1_Pooling", type: "sentence_transformers.models.Pooling" },
  { idx: 2, name: "2", path: "2_Normalize", type: "sentence_transformers.models.Normalize" },
];

export interface RecordedLog extends Log {
  readonly lines: { level: string; message: string; fields: LogFields | undefined }[];
}

export const createRecordedLog = (): RecordedLog => {
  const lines: RecordedLog["lines"] = [];
  const write = (level: string) => (message: string, fields?: LogFields) => void lines.push({ level, message, fields });
  return { lines, debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
};

/** A `.safetensors` file of the given tensors' raw bytes. */
export const formatSafetensors = (
  tensors: Readonly<Record<string, { dtype: string; shape: readonly number[]; bytes: Uint8Array }>>,
): Uint8Array => {
  let offset = 0;
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = new Uint8Array(new BigUint64Array([BigInt(json.length)]).buffer);
  return Buffer.concat([length, json, ...Object.values(tensors).map(({ bytes }) => bytes)]);
};

export const float32Bytes = (values: readonly number[]): Uint8Array => new Uint8Array(new Float32Array(values).buffer);
