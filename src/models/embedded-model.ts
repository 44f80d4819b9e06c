// The model inside the executable: what it is before its files are on disk, and how they are read once they are.
import type { ModelOverride } from "../config/config.ts";
import type { Task } from "../task.ts";
import type { GraphFile, ModelFolder } from "./folders.ts";
import type { ModelDescription, ModelIdentity } from "./manifest.ts";
import { formatModelId, parseModelName, type ModelName } from "./model-name.ts";
import type { ManifestSource } from "./read-manifest.ts";

export interface EmbeddedModel {
  id: string;
  /** The folder with its files; extracts them on first use. */
  dir: () => Promise<string>;
  /** Called when its files cannot be read: extracts them anew if they are damaged. True when they were. */
  repair: () => Promise<boolean>;
  sizeBytes: number;
  /** Unix seconds. */
  modifiedAt: number;
  /** sha256 of its content, in hexadecimal. */
  digest: string;
}

/** Its bare name means it only while no such folder exists. */
export function findEmbedded(
  embedded: EmbeddedModel | undefined,
  { kind, path, variant }: ModelName,
  folder: ModelFolder | undefined,
): EmbeddedModel | undefined {
  if (embedded === undefined || kind !== undefined) return undefined;
  const id = formatModelId(path, variant);
  const isBare = id === parseModelName(embedded.id).path && folder === undefined;
  return id === embedded.id || isBare ? embedded : undefined;
}

export async function openEmbedded(
  { id, dir, digest, sizeBytes, modifiedAt }: EmbeddedModel,
  override: ModelOverride,
): Promise<ManifestSource> {
  const folder = await dir();
  const graph: GraphFile = {
    variant: undefined,
    file: `${folder}/model.onnx`,
    sizeBytes,
    modifiedMs: modifiedAt * 1000,
    dataFiles: [],
  };
  return { id, kind: undefined, folder, graph, embedded: true, digest, override };
}

/** As `read`, and once more when its files were damaged and are mended. */
export async function readSound<T>(
  source: ManifestSource,
  read: (source: ManifestSource) => Promise<T>,
  embedded: EmbeddedModel,
): Promise<T> {
  try {
    return await read(source);
  } catch (error) {
    if (!(await embedded.repair())) throw error;
    return await read(source);
  }
}

/** The one model that `build.ts` puts inside is one for embedding. */
export const EMBEDDED_TASK: Task = "embed";

export function identifyUnopened({ id, digest, sizeBytes, modifiedAt }: EmbeddedModel): ModelIdentity {
  return { id, task: EMBEDDED_TASK, embedded: true, digest, sizeBytes, modifiedAt, architecture: undefined };
}

export function describeUnopened(embedded: EmbeddedModel): ModelDescription {
  return { ...identifyUnopened(embedded), weights: {} };
}
