// Reads one model's own files into its manifest: task, limit, pooling and steps or labels, prompts, sizes of vectors.
import type * as v from "valibot";
import type { ModelOverride } from "../config/config.ts";
import { formatStates, type FileStates } from "./file-state.ts";
import type { GraphFile } from "./folders.ts";
import { readGraphOutputs } from "./graph-outputs.ts";
import { countLabels } from "./labels.ts";
import type { ModelManifest } from "./manifest.ts";
import { SentenceConfigSchema, readMaxTokens, type SentenceConfig } from "./max-tokens.ts";
import { ModelConfigSchema } from "./model-config.ts";
import { createLoadError, openModelFiles, type ModelFiles } from "./model-files.ts";
import type { ModelKind } from "./model-name.ts";
import { findTransformerFolder, readModuleList } from "./modules.ts";
import { readPrompts, readSentenceType } from "./prompts.ts";
import { readEmbedding, readScores, type MeaningSources } from "./read-meaning.ts";
import { resolveTask, type TaskChoice } from "./resolve-task.ts";

export interface ManifestSource {
  id: string;
  /** The first folder that says what it is for, where one does. */
  kind: ModelKind | undefined;
  folder: string;
  graph: GraphFile;
  embedded: boolean;
  /** Known without reading a file. */
  digest?: string;
  override: ModelOverride;
}

export interface ReadManifest {
  manifest: ModelManifest;
  /** The files that decided, as they were before they were read. */
  states: FileStates;
}

/** Names that sentence-transformers has given to one file over the years. */
const SENTENCE_CONFIGS = ["bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"].map(
  (architecture) => `sentence_${architecture}_config.json`,
);

/** Throws `model_load_failed` when one of the files is not what it should be. */
export async function readManifest(source: ManifestSource): Promise<ReadManifest> {
  const files = openModelFiles(source.folder, source.id);
  for (const file of [source.graph.file, ...source.graph.dataFiles]) await files.watch(file);
  const modules = await readModuleList(files);
  const folder = findTransformerFolder(modules);
  const sentence = await readSentenceConfig(files, folder);
  const config = await readFirst(files, placeNames(folder, "config.json"), ModelConfigSchema);
  const outputs = createOnce(() => readGraphOutputs(source.graph.file));
  const sources: MeaningSources = { files, override: source.override, modules, config, outputs };
  const { task, taskOrigin } = await findTask(source.kind, sources);
  const limit = await readMaxTokens({
    files,
    sentence,
    tokenizerConfigs: placeNames(folder, "tokenizer_config.json"),
    config,
    graphFile: source.graph.file,
  });
  const tokenizerFile = await findTokenizer(files, folder);
  const prompts = await readPrompts(files, source.override.prompts);
  const meaning = task === "embed" ? await readEmbedding(sources) : await readScores(sources, task);
  const manifest: ModelManifest = {
    // Last of all reads: `states` then holds every file that decided.
    ...identify(source, files.states),
    tokenizerFile,
    architecture: config?.model_type ?? undefined,
    ...limit,
    lowerCase: sentence?.do_lower_case ?? false,
    task,
    taskOrigin,
    ...readPlacement(source.override),
    ...prompts,
    ...meaning,
  };
  return { manifest, states: files.states };
}

type Placement = Pick<ModelManifest, "target" | "precision" | "maxBatchTokens">;

function readPlacement({ target, precision, maxBatchTokens }: ModelOverride): Placement {
  return {
    ...(target !== undefined && { target }),
    ...(precision !== undefined && { precision }),
    ...(maxBatchTokens !== undefined && { maxBatchTokens }),
  };
}

async function findTask(kind: ModelKind | undefined, sources: MeaningSources): Promise<TaskChoice> {
  const { files, override, modules, config, outputs } = sources;
  return resolveTask({
    override: override.task,
    kind,
    modules: (modules ?? []).map(({ type }) => type),
    hasPooling: modules === undefined && (await files.find("1_Pooling/config.json")) !== undefined,
    sentenceType: await readSentenceType(files),
    architectures: config?.architectures ?? [],
    labelCount: countLabels(config),
    vocabularySize: config?.vocab_size ?? undefined,
    outputs,
  });
}

function createOnce<T>(read: () => T): () => T {
  let known: { value: T } | undefined;
  return () => (known ??= { value: read() }).value;
}

/** The transformer module's folder first, then the model's. */
function placeNames(folder: string, name: string): string[] {
  return folder === "" ? [name] : [`${folder}/${name}`, name];
}

async function readFirst<Schema extends v.GenericSchema>(
  files: ModelFiles,
  names: readonly string[],
  schema: Schema,
): Promise<v.InferOutput<Schema> | undefined> {
  for (const name of names) {
    const found = await files.readJson(name, schema);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function readSentenceConfig(files: ModelFiles, folder: string): Promise<SentenceConfig | undefined> {
  const folders = folder === "" ? [""] : [`${folder}/`, ""];
  const names = folders.flatMap((prefix) => SENTENCE_CONFIGS.map((name) => `${prefix}${name}`));
  return await readFirst(files, names, SentenceConfigSchema);
}

async function findTokenizer(files: ModelFiles, folder: string): Promise<string> {
  for (const name of placeNames(folder, "tokenizer.json")) {
    const path = await files.find(name);
    if (path !== undefined) return path;
  }
  throw createLoadError(files.model, 'found no "tokenizer.json" in its folder', {
    hint: "Add the model's tokenizer.json, or save it with transformers: AutoTokenizer.save_pretrained(…)",
  });
}

type Identity = Pick<
  ModelManifest,
  "id" | "embedded" | "graphFile" | "fingerprint" | "digest" | "sizeBytes" | "modifiedAt"
>;

function identify({ id, embedded, graph, override, digest }: ManifestSource, states: FileStates): Identity {
  const fingerprint = hash(JSON.stringify([id, override, formatStates(states)])).slice(0, 32);
  return {
    id,
    embedded,
    graphFile: graph.file,
    fingerprint,
    digest: digest ?? hash(fingerprint),
    sizeBytes: graph.sizeBytes,
    modifiedAt: Math.floor(graph.modifiedMs / 1000),
  };
}

function hash(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}
