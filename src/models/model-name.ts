// Names of models as clients write them: "x", "x:latest", "owner/x:variant", "embedders/x". Foreign text: nothing but
// a name that can be a folder below the models folder comes out of here.
import { TermiteError } from "../errors.ts";

/** First folders that say what a model is for. A folder of that name is never an owner. */
export const MODEL_KINDS = ["embedders", "rerankers", "classifiers", "recognizers", "chunkers"] as const;
export type ModelKind = (typeof MODEL_KINDS)[number];

export interface ModelName {
  kind: ModelKind | undefined;
  /** "name" or "owner/name": also the path below the models folder (or below the kind). */
  path: string;
  /** Absent for the bare name and for ":latest". */
  variant: string | undefined;
}

/** Longer than any file system takes for one folder and its owner. */
const LONGEST_NAME = 512;

/** Throws `model_not_found` for what no model can be called: "..", absolute paths, hidden folders, control characters. */
export function parseModelName(text: string): ModelName {
  const name = findModelName(text);
  if (name === undefined) throw createNotFound(text);
  return name;
}

/** `undefined` where `parseModelName` throws. */
export function findModelName(text: string): ModelName | undefined {
  const [path = "", variant, ...more] = text.split(":");
  const segments = path.split("/");
  const kind = findKind(segments[0]);
  const rest = kind === undefined ? segments : segments.slice(1);
  const isName = rest.length >= 1 && rest.length <= 2 && rest.every(isFolderName);
  const isVariant = variant === undefined || isFolderName(variant);
  if (!isName || !isVariant || more.length > 0 || text.length > LONGEST_NAME) return undefined;
  return { kind, path: rest.join("/"), variant: variant === "latest" ? undefined : variant };
}

/** The id of a model: its path with `:variant` where one is meant. */
export function formatModelId(path: string, variant: string | undefined): string {
  return variant === undefined ? path : `${path}:${variant}`;
}

export function findKind(segment: string | undefined): ModelKind | undefined {
  return MODEL_KINDS.find((kind) => kind === segment);
}

/** True for one plain path segment; a leading dot is a hidden folder, "." or "..". */
export function isFolderName(text: string): boolean {
  return /^[^./\\:\p{Cc}][^/\\:\p{Cc}]*$/u.test(text);
}

/** `model_not_found`; the name is quoted as JSON, because it may hold anything, and cut. */
export function createNotFound(name: string, hint?: string): TermiteError {
  const shown = JSON.stringify(name.length > 120 ? `${name.slice(0, 120)}…` : name);
  return new TermiteError("model_not_found", `Cannot find model ${shown}: no such model in the models folder`, {
    hint,
    details: { model: name.slice(0, LONGEST_NAME) },
  });
}
