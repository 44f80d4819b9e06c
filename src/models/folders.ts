// Finds model folders and the graphs in them: <name>, <owner>/<name>, <kind>/<name>, <kind>/<owner>/<name>. Reads the
// disk anew at each call, so that a model is noticed without a restart.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { findFileState, isAbsence } from "./file-state.ts";
import { MODEL_KINDS, findKind, isFolderName, type ModelKind, type ModelName } from "./model-name.ts";

export interface GraphFile {
  /** Absent for `model.onnx`. */
  variant: string | undefined;
  file: string;
  /** The graph and its external data together. */
  sizeBytes: number;
  modifiedMs: number;
  /** Files beside the graph that begin with its name: "model.onnx_data". */
  dataFiles: readonly string[];
}

export interface ModelFolder {
  kind: ModelKind | undefined;
  /** Name relative to the kind: "x" or "owner/x". */
  path: string;
  folder: string;
  /** The bare graph first, then variants by name. Empty when the folder has other model files only. */
  graphs: readonly GraphFile[];
}

/** A folder with one of these is a model, even without a graph: then it is there and cannot load. */
const MODEL_FILES = ["tokenizer.json", "modules.json", "config.json"];

/** Every folder that the name can mean, the one that counts first. One look at the models folder leaves few to open. */
export async function findModelFolders(modelsDir: string, name: ModelName): Promise<ModelFolder[]> {
  const present = await listNames(modelsDir);
  const kinds = name.kind === undefined ? [undefined, ...MODEL_KINDS] : [name.kind];
  const places = kinds.filter((kind) => present.includes(kind ?? name.path.split("/")[0] ?? ""));
  const found = await Promise.all(places.map((kind) => findModelFolder(modelsDir, kind, name.path)));
  return found.filter((folder) => folder !== undefined);
}

/** Every model folder, those without a kind first, each group by name. */
export async function listModelFolders(modelsDir: string): Promise<ModelFolder[]> {
  const groups = await Promise.all([undefined, ...MODEL_KINDS].map((kind) => listKind(modelsDir, kind)));
  return groups.flat();
}

async function listKind(modelsDir: string, kind: ModelKind | undefined): Promise<ModelFolder[]> {
  const names = await listNames(join(modelsDir, kind ?? ""));
  const plain = names.filter((name) => isFolderName(name) && (kind !== undefined || findKind(name) === undefined));
  return (await Promise.all(plain.map((name) => listNamed(modelsDir, kind, name)))).flat();
}

/** The model of that name, or the models of that owner. */
async function listNamed(modelsDir: string, kind: ModelKind | undefined, name: string): Promise<ModelFolder[]> {
  const model = await findModelFolder(modelsDir, kind, name);
  if (model !== undefined) return [model];
  const names = (await listNames(join(modelsDir, kind ?? "", name))).filter(isFolderName);
  const owned = await Promise.all(names.map((inner) => findModelFolder(modelsDir, kind, `${name}/${inner}`)));
  return owned.filter((folder) => folder !== undefined);
}

async function findModelFolder(
  modelsDir: string,
  kind: ModelKind | undefined,
  path: string,
): Promise<ModelFolder | undefined> {
  const folder = join(modelsDir, kind ?? "", path);
  const names = await listNames(folder);
  const graphs = [
    ...(await findGraphs(folder, names)),
    ...(names.includes("onnx") ? await findGraphs(join(folder, "onnx"), await listNames(join(folder, "onnx"))) : []),
  ];
  if (graphs.length === 0 && !MODEL_FILES.some((name) => names.includes(name))) return undefined;
  return { kind, path, folder, graphs: chooseGraphs(graphs) };
}

/** One graph a variant: the folder's own before those of `onnx/`. */
function chooseGraphs(graphs: readonly GraphFile[]): GraphFile[] {
  const first = graphs.filter((graph, index) => graphs.findIndex((other) => other.variant === graph.variant) === index);
  return first.sort((left, right) => (left.variant ?? "").localeCompare(right.variant ?? "", "en"));
}

async function findGraphs(folder: string, names: readonly string[]): Promise<GraphFile[]> {
  const graphs = names.map(async (name): Promise<GraphFile | undefined> => {
    const match = /^model(?:_(.+))?\.onnx$/.exec(name);
    if (match === null || (match[1] !== undefined && !isFolderName(match[1]))) return undefined;
    const file = join(folder, name);
    const graph = await findFileState(file);
    if (graph === undefined) return undefined;
    const beside = names.filter((other) => other !== name && other.startsWith(name)).map((it) => join(folder, it));
    const states = await Promise.all(beside.map(findFileState));
    const dataFiles = beside.filter((_, index) => states[index]?.kind !== "directory");
    const sizeBytes = states.reduce((sum, state) => sum + (state?.sizeBytes ?? 0), graph.sizeBytes);
    return { variant: match[1], file, sizeBytes, modifiedMs: graph.modifiedMs, dataFiles };
  });
  return (await Promise.all(graphs)).filter((graph) => graph !== undefined);
}

/** Sorted names in a folder; none when it is not there or is no folder. */
async function listNames(folder: string): Promise<string[]> {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}
