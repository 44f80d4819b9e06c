// The model under test as each side needs it: by name for the server, as files for the bare engine.
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Pooling } from "./bare/model.ts";

export interface BenchModel {
  name: string;
  /** Flags of `termite serve`. */
  flags: readonly string[];
  folder: string;
  graphFile: string;
  tokenizerFile: string;
  pooling: Pooling;
}

/** A folder, or the name of the model inside the executable, whose folder `embedded` is. */
export function resolveModel(text: string, embedded: string): BenchModel {
  const isFolder = existsSync(text) && statSync(text).isDirectory();
  const folder = isFolder ? resolve(text) : embedded;
  const name = isFolder ? basename(folder) : text;
  const common = ["--default-model", name, "--keep-alive", "0"];
  return {
    name, folder,
    flags: isFolder ? [...common, "--models-dir", dirname(folder)] : common,
    graphFile: join(folder, "model.onnx"),
    tokenizerFile: join(folder, "tokenizer.json"),
    pooling: readPooling(join(folder, "1_Pooling", "config.json")),
  };
}

/** Of the two that the bare engine knows. A mistake shows at once: its vectors are compared with the server's. */
function readPooling(file: string): Pooling {
  if (!existsSync(file)) return "mean";
  const config: { pooling_mode_cls_token?: boolean } = JSON.parse(readFileSync(file, "utf8"));
  return config.pooling_mode_cls_token === true ? "cls" : "mean";
}
