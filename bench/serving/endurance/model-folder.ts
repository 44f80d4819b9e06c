// A folder of the models that the scenarios ask for: their graphs and tokenizers from a folder of the caller's, with the files
// that say how each is pooled, which not every copy of them has beside it.
import { copyFileSync, existsSync, linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const MINILM = "all-minilm-l6-v2";
export const BGE = "bge-small-en-v15";
export const DEFAULT_MODEL = "all-minilm-l6-v2:int8";

/** As their authors publish them. */
const MODELS = [
  { name: MINILM, pooling: "pooling_mode_mean_tokens", maxTokens: 256 },
  { name: BGE, pooling: "pooling_mode_cls_token", maxTokens: 512 },
];

const MODULES = [
  { idx: 0, name: "0", path: "", type: "sentence_transformers.models.Transformer" },
  { idx: 1, name: "1", path: "1_Pooling", type: "sentence_transformers.models.Pooling" },
  { idx: 2, name: "2", path: "2_Normalize", type: "sentence_transformers.models.Normalize" },
];

/** `source` holds `<model>/model.onnx` and `<model>/tokenizer.json`. Runs `body` with the folder, which is removed afterwards. */
export async function withModelFolder<T>(source: string, body: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "termite-endurance-models-"));
  try {
    for (const model of MODELS) writeModel(source, folder, model);
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeModel(source: string, folder: string, { name, pooling, maxTokens }: (typeof MODELS)[number]): void {
  const target = join(folder, name);
  mkdirSync(join(target, "1_Pooling"), { recursive: true });
  for (const file of ["model.onnx", "tokenizer.json"]) placeFile(join(source, name, file), join(target, file));
  writeFileSync(join(target, "modules.json"), JSON.stringify(MODULES));
  writeFileSync(join(target, "1_Pooling", "config.json"), JSON.stringify({ word_embedding_dimension: 384, [pooling]: true }));
  writeFileSync(join(target, "sentence_bert_config.json"), JSON.stringify({ max_seq_length: maxTokens, do_lower_case: false }));
}

/** Without a copy where both are on one disk. */
function placeFile(from: string, to: string): void {
  if (!existsSync(from)) throw new Error(`Cannot use the folder of models: found no "${from}"`);
  try {
    linkSync(from, to);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EXDEV")) throw error;
    copyFileSync(from, to);
  }
}
