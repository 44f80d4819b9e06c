// The models that there are: folders on disk, and the one inside the executable. Holds no state but what it read last,
// checked against the files at each call.
import type { ModelOverride } from "../config/config.ts";
import type { Log } from "../log.ts";
import { findNearestMany } from "../nearest.ts";
import { TermiteError } from "../errors.ts";
import { createHiddenWarning, findAlias, type Aliases } from "./aliases.ts";
import {
  describeUnopened, EMBEDDED_TASK, findEmbedded, identifyUnopened, openEmbedded, readSound, type EmbeddedModel,
} from "./embedded-model.ts";
import { findFileState, formatSystemError, isUnchanged, type FileStates } from "./file-state.ts";
import { findModelFolders, listModelFolders, type ModelFolder } from "./folders.ts";
import type { ModelDescription, ModelIdentity, ModelManifest, ModelStore, ModelSummary } from "./manifest.ts";
import { createLoadError } from "./model-files.ts";
import { createNotFound, formatModelId, parseModelName, type ModelName } from "./model-name.ts";
import { readManifest, type ManifestSource } from "./read-manifest.ts";
import { readWeights, type Weights } from "./weights.ts";

export interface ModelStoreOptions {
  modelsDir: string;
  embedded?: EmbeddedModel;
  overrides: Readonly<Record<string, ModelOverride>>;
  /** Other names, each with the model that it stands for; a folder of such a name is hidden by it. */
  aliases?: Aliases;
  /** How long an answer of `resolve` stands without another look at the files; default: not at all. */
  standsMs?: number;
  log: Log;
}

export function createModelStore(options: ModelStoreOptions): ModelStore {
  const read = createMemory((source) => readNamed(source, readManifest));
  const readIdentity = createMemory((source) => readNamed(source, identifyFiles));
  const weigh = createMemory((source) => readNamed(source, weighGraph));
  const warnTwice = createDuplicateWarning(options.log);
  const { aliases = {} } = options;
  const warnHidden = createHiddenWarning(options.modelsDir, options.log);
  let opened: ManifestSource | undefined;
  const list = async (): Promise<ModelSummary[]> => {
    const folders = await readFolders(() => listModelFolders(options.modelsDir));
    const groups = Map.groupBy(folders, (folder) => folder.path);
    for (const group of groups.values()) warnTwice(group);
    const first = [...groups.values()].flatMap((group) => group.slice(0, 1));
    const summaries = await Promise.all(first.map((folder) => listFolder(options, folder, readIdentity)));
    return withEmbedded(summaries.flat(), options.embedded);
  };
  /** What the name means: a graph on disk, else the embedded model; throws when it means neither. */
  const find = async (given: string): Promise<ManifestSource | EmbeddedModel> => {
    const text = findAlias(aliases, given) ?? given;
    if (text !== given) await readFolders(() => warnHidden(given, text));
    const name = parseModelName(text);
    const folders = await readFolders(() => findModelFolders(options.modelsDir, name));
    warnTwice(folders);
    const wanted = { ...name, variant: name.variant ?? options.overrides[name.path]?.variant };
    const found = findOnDisk(options, wanted, folders[0]) ?? findEmbedded(options.embedded, wanted, folders[0]);
    if (found !== undefined) return found;
    if (folders[0]?.graphs.length === 0) throw createNoGraph(text);
    const names = [...(await list()).map(({ id }) => id), ...Object.keys(aliases)];
    throw createNotFound(text, text === given ? formatHint(text, names) : `${JSON.stringify(given)} is an alias of it`);
  };
  const resolve = async (text: string): Promise<ModelManifest> => {
    const found = await find(text);
    if ("folder" in found) return (await read(found)).manifest;
    opened = await openEmbedded(found, resolveOverride(options.overrides, parseModelName(found.id)));
    return (await readSound(opened, read, found)).manifest;
  };
  const identify = async (source: ManifestSource): Promise<ModelIdentity> => (await readIdentity(source)).identity;
  const describe = async (source: ManifestSource): Promise<ModelDescription> => {
    return { ...(await identify(source)), weights: (await weigh(source)).weights };
  };
  /** `read`, where the files are on disk already. */
  const look = async <T>(
    text: string,
    read: (source: ManifestSource) => Promise<T>,
    unopened: (embedded: EmbeddedModel) => T,
  ): Promise<T> => {
    const found = await find(text);
    if ("folder" in found) return await read(found);
    return opened === undefined ? unopened(found) : await readSound(opened, read, found);
  };
  return {
    list,
    resolve: createShortMemory(resolve, options.standsMs ?? 0),
    identify: (text) => look(text, identify, identifyUnopened),
    describe: (text) => look(text, describe, describeUnopened),
  };
}

/** Without the manifest, which can hold the weights of Dense modules: it is kept of models that are used. */
async function identifyFiles(source: ManifestSource): Promise<{ identity: ModelIdentity; states: FileStates }> {
  const { manifest, states } = await readManifest(source);
  const { id, task, embedded, digest, sizeBytes, modifiedAt, architecture } = manifest;
  return { identity: { id, task, embedded, digest, sizeBytes, modifiedAt, architecture }, states };
}

/** Counted again only when the graph itself changes. */
async function weighGraph({ graph: { file } }: ManifestSource): Promise<{ weights: Weights; states: FileStates }> {
  const states: FileStates = new Map([[file, await findFileState(file)]]);
  return { weights: readWeights(file), states };
}

function findOnDisk(
  { overrides }: ModelStoreOptions,
  name: ModelName,
  folder: ModelFolder | undefined,
): ManifestSource | undefined {
  const graph = folder?.graphs.find((candidate) => candidate.variant === name.variant);
  if (folder === undefined || graph === undefined) return undefined;
  const id = formatModelId(name.path, name.variant);
  const override = resolveOverride(overrides, name);
  return { id, kind: folder.kind, folder: folder.folder, graph, embedded: false, override };
}

/** What is said of the model, with what is said of this variant of it on top. */
function resolveOverride(overrides: ModelStoreOptions["overrides"], { path, variant }: ModelName): ModelOverride {
  return { ...overrides[path], ...(variant === undefined ? {} : overrides[formatModelId(path, variant)]) };
}

/** Reads once, and again when one of the files changed; failures are not remembered. */
function createMemory<T extends { states: FileStates }>(
  read: (source: ManifestSource) => Promise<T>,
): (source: ManifestSource) => Promise<T> {
  const known = new Map<string, T>();
  return async (source) => {
    const key = `${source.id}\n${source.graph.file}`;
    const before = known.get(key);
    if (before !== undefined && (await isUnchanged(before.states))) return before;
    known.delete(key);
    const now = await read(source);
    known.set(key, now);
    return now;
  };
}

/** Names of models that answered are few: clients cannot make the memory grow. Failures are not remembered. */
function createShortMemory<T>(read: (name: string) => Promise<T>, standsMs: number): (name: string) => Promise<T> {
  const known = new Map<string, { answer: T; untilMs: number }>();
  return async (name) => {
    const before = known.get(name);
    const nowMs = performance.now();
    if (before !== undefined && nowMs < before.untilMs) return before.answer;
    known.delete(name);
    const answer = await read(name);
    known.set(name, { answer, untilMs: nowMs + standsMs });
    return answer;
  };
}

/** `model_load_failed` with the model's name for whatever the system says about its files. */
async function readNamed<T>(source: ManifestSource, read: (source: ManifestSource) => Promise<T>): Promise<T> {
  return await read(source).catch((error: unknown) => {
    if (error instanceof TermiteError) throw error;
    throw createLoadError(source.id, `its files cannot be read (${formatSystemError(error)})`, { cause: error });
  });
}

async function listFolder(
  { overrides }: ModelStoreOptions,
  folder: ModelFolder,
  check: (source: ManifestSource) => Promise<{ identity: ModelIdentity }>,
): Promise<ModelSummary[]> {
  const bareMeans = overrides[folder.path]?.variant;
  if (folder.graphs.length === 0) {
    const state = await findFileState(folder.folder);
    const modifiedAt = Math.floor((state?.modifiedMs ?? 0) / 1000);
    const problem = createNoGraph(folder.path).message;
    return [{ id: folder.path, ...ofKind(folder), embedded: false, sizeBytes: 0, modifiedAt, problem }];
  }
  // With a variant chosen for the bare name, the bare graph cannot be reached.
  const graphs = folder.graphs.filter((graph) => graph.variant !== undefined || bareMeans === undefined);
  const summaries = graphs.map(async (graph): Promise<ModelSummary> => {
    const name: ModelName = { kind: undefined, path: folder.path, variant: graph.variant };
    const id = formatModelId(name.path, name.variant);
    const override = resolveOverride(overrides, name);
    const source = { id, kind: folder.kind, folder: folder.folder, graph, embedded: false, override };
    const found = await findTaskOrProblem(() => check(source));
    const { sizeBytes, modifiedMs } = graph;
    const modifiedAt = Math.floor(modifiedMs / 1000);
    return { id, ...ofKind(folder), embedded: false, sizeBytes, modifiedAt, ...found };
  });
  return await Promise.all(summaries);
}

function ofKind({ kind }: ModelFolder): Pick<ModelSummary, "kind"> {
  return kind === undefined ? {} : { kind };
}

async function findTaskOrProblem(
  read: () => Promise<{ identity: ModelIdentity }>,
): Promise<Pick<ModelSummary, "task" | "problem">> {
  try {
    return { task: (await read()).identity.task };
  } catch (error) {
    if (error instanceof TermiteError) return { problem: error.message };
    throw error;
  }
}

function withEmbedded(summaries: ModelSummary[], embedded: EmbeddedModel | undefined): ModelSummary[] {
  const isHidden = summaries.some((summary) => summary.id === embedded?.id);
  const own = embedded === undefined || isHidden ? [] : [embedded];
  const all = [
    ...summaries,
    ...own.map(({ id, sizeBytes, modifiedAt }) => ({ id, task: EMBEDDED_TASK, embedded: true, sizeBytes, modifiedAt })),
  ];
  return all.sort((left, right) => (left.id < right.id ? -1 : 1));
}

/** Says once of each id that two folders have it, and which one counts. */
function createDuplicateWarning(log: Log): (folders: readonly ModelFolder[]) => void {
  const said = new Set<string>();
  return (folders) => {
    const [used, ...ignored] = folders;
    if (used === undefined || ignored.length === 0 || said.has(used.path)) return;
    said.add(used.path);
    const places = ignored.map((folder) => formatPlace(folder)).join(", ");
    log.warn("two model folders have the same name", { model: used.path, used: formatPlace(used), ignored: places });
  };
}

function formatPlace({ kind, path }: ModelFolder): string {
  return kind === undefined ? path : `${kind}/${path}`;
}

function createNoGraph(name: string): TermiteError {
  return createLoadError(name, 'found no "model.onnx" and no "onnx/model.onnx" in its folder');
}

function formatHint(name: string, known: readonly string[]): string {
  const near = findNearestMany(name, known, 3);
  const variants = known.filter((id) => id.startsWith(`${name.split(":")[0]}:`));
  const names = [...new Set([...near, ...variants.slice(0, 3)])].map((id) => `"${id}"`);
  return names.length === 0 ? 'See "termite models" for what there is' : `Did you mean ${names.join(" or ")}?`;
}

async function readFolders<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const found = formatSystemError(cause);
    throw new TermiteError("model_load_failed", `Cannot read the models folder: found ${found}`, { cause });
  }
}
