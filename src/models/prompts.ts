// `config_sentence_transformers.json`: the texts that a model wants in front of its inputs, by name,
// and what kind of model it was saved as.
// Sample: {"prompts": {"query": "query: ", "document": "passage: "}, "default_prompt_name": null}
import * as v from "valibot";
import { createLoadError, type ModelFiles } from "./model-files.ts";

const PromptsSchema = v.object({
  prompts: v.nullish(v.record(v.string(), v.string())),
  default_prompt_name: v.nullish(v.string()),
});

const FILE = "config_sentence_transformers.json";
const TypeSchema = v.object({ model_type: v.nullish(v.string()) });

/** What sentence-transformers saved it as: "SentenceTransformer", "CrossEncoder", "SparseEncoder". */
export async function readSentenceType(files: ModelFiles): Promise<string | undefined> {
  return (await files.readJson(FILE, TypeSchema))?.model_type ?? undefined;
}

export interface Prompts {
  prompts: Readonly<Record<string, string>>;
  /** "" for none. */
  defaultPrompt: string;
}

/** The override's entries win over the file's; its entry "default" is the default prompt itself, not a name. */
export async function readPrompts(
  files: ModelFiles,
  override: Readonly<Record<string, string>> | undefined,
): Promise<Prompts> {
  const read = await files.readJson(FILE, PromptsSchema);
  const prompts = { ...read?.prompts, ...override };
  const defaultName = read?.default_prompt_name ?? undefined;
  if (override !== undefined && Object.hasOwn(override, "default")) {
    return { prompts, defaultPrompt: override["default"] ?? "" };
  }
  if (defaultName === undefined) return { prompts, defaultPrompt: "" };
  if (Object.hasOwn(prompts, defaultName)) return { prompts, defaultPrompt: prompts[defaultName] ?? "" };
  throw createLoadError(files.model, `found no prompt ${JSON.stringify(defaultName)}, the default one of "${FILE}"`);
}
