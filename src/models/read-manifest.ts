// Reads one model's own files into its manifest: limit, pooling and steps, prompts, lower-casing, sizes of vectors.
import * as v from "valibot";
import type { ModelOverride } from "../config/config.ts";
import type { DenseStep, NormalizeStep, PoolMode } from "../heads/head.ts";
import { formatStates, type FileStates } from "./file-state.ts";
import type { GraphFile } from "./folders.ts";
import type { ModelManifest } from "./manifest.ts";
import { SentenceConfigSchema, readMaxTokens, type SentenceConfig } from "./max-tokens.ts";
import { createLoadError, openModelFiles, type ModelFiles } from "./model-files.ts";
import { readModules, type ModulePlan, type Pooling } from "./modules.ts";
import { readPrompts } from "./prompts.ts";

export interface ManifestSource {
  id: string;
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

const Size = v.pipe(v.number(), v.integer(), v.minValue(1));

const ConfigSchema = v.object({
  max_position_embeddings: v.nullish(v.number()),
  model_type: v.nullish(v.string()),
  pad_token_id: v.nullish(v.number()),
  hidden_size: v.nullish(Size),
  matryoshka_dimensions: v.nullish(v.array(Size)),
});

/** Names that sentence-transformers has given to one file over the years. */
const SENTENCE_CONFIGS = ["bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"].map(
  (architecture) => `sentence_${architecture}_config.json`,
);

/** Throws `model_load_failed` when one of the files is not what it should be. */
export async function readManifest(source: ManifestSource): Promise<ReadManifest> {
  const files = openModelFiles(source.folder, source.id);
  for (const file of [source.graph.file, ...source.graph.dataFiles]) await files.watch(file);
  const plan = await readModules(files);
  const sentence = await readSentenceConfig(files, plan.transformerFolder);
  const config = await readFirst(files, placeNames(plan, "config.json"), ConfigSchema);
  const pooling = resolvePooling(plan.pooling, source.override.pooling);
  const limit = await readMaxTokens({
    files,
    sentence,
    tokenizerConfigs: placeNames(plan, "tokenizer_config.json"),
    config,
    graphFile: source.graph.file,
  });
  const tokenizerFile = await findTokenizer(files, plan);
  const prompts = await readPrompts(files, source.override.prompts);
  const width = plan.pooling?.width ?? config?.hidden_size ?? undefined;
  const manifest: ModelManifest = {
    // Last of all reads: `states` then holds every file that decided.
    ...identify(source, files.states),
    tokenizerFile,
    architecture: config?.model_type ?? undefined,
    ...limit,
    lowerCase: sentence?.do_lower_case ?? false,
    head: { kind: "pool", modes: pooling.modes, steps: plan.steps },
    poolingOrigin: pooling.origin,
    includePrompt: plan.pooling?.includePrompt ?? true,
    ...prompts,
    nativeDimensions: resolveNativeDimensions(files.model, width && width * pooling.modes.length, plan.steps),
    dimensions: source.override.dimensions ?? config?.matryoshka_dimensions ?? [],
  };
  return { manifest, states: files.states };
}

/** The transformer module's folder first, then the model's. */
function placeNames(plan: ModulePlan, name: string): string[] {
  return plan.transformerFolder === "" ? [name] : [`${plan.transformerFolder}/${name}`, name];
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

async function findTokenizer(files: ModelFiles, plan: ModulePlan): Promise<string> {
  for (const name of placeNames(plan, "tokenizer.json")) {
    const path = await files.find(name);
    if (path !== undefined) return path;
  }
  throw createLoadError(files.model, 'found no "tokenizer.json" in its folder', {
    hint: "Add the model's tokenizer.json, or save it with transformers: AutoTokenizer.save_pretrained(…)",
  });
}

interface PoolingChoice {
  modes: readonly PoolMode[];
  origin: string;
}

function resolvePooling(read: Pooling | undefined, override: PoolMode | undefined): PoolingChoice {
  if (override !== undefined) return { modes: [override], origin: "termite.yaml" };
  return read ?? { modes: ["mean"], origin: "default: no pooling files" };
}

/** Follows the width through the Dense steps; throws where one does not fit on the other. */
function resolveNativeDimensions(
  model: string,
  pooled: number | undefined,
  steps: readonly (DenseStep | NormalizeStep)[],
): number | undefined {
  let width = pooled;
  for (const step of steps) {
    if (step.kind !== "dense") continue;
    if (width !== undefined && width !== step.inFeatures) {
      throw createLoadError(model, `found a Dense module for vectors of ${step.inFeatures}, need ${width}`);
    }
    width = step.outFeatures;
  }
  return width;
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
