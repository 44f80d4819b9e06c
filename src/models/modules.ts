// `modules.json`: what happens between tokens and vector, in sequence. An unknown module is refused by name, because a
// vector without it would be wrong in silence.
// Sample: [{"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}, …]
import * as v from "valibot";
import type { DenseStep, NormalizeStep, PoolMode } from "../heads/head.ts";
import { readDense } from "./dense.ts";
import { createLoadError, type ModelFiles } from "./model-files.ts";
import { PoolingConfigSchema, resolvePoolModes } from "./pooling.ts";

const ModulesSchema = v.array(v.object({ path: v.string(), type: v.string() }));

export interface ModulePlan {
  pooling: Pooling | undefined;
  steps: (DenseStep | NormalizeStep)[];
}

export interface Pooling {
  modes: readonly PoolMode[];
  /** Width of a token vector, when the file says it. */
  width: number | undefined;
  includePrompt: boolean;
  /** The file's name relative to the model's folder. */
  origin: string;
}

export interface Module {
  path: string;
  type: string;
}

/** `undefined` without the file. */
export async function readModuleList(files: ModelFiles): Promise<readonly Module[] | undefined> {
  return await files.readJson("modules.json", ModulesSchema);
}

/** Folder of the transformer's own files, relative to the model's; "" for the model's folder itself. */
export function findTransformerFolder(modules: readonly Module[] | undefined): string {
  return modules?.findLast(({ type }) => /^(MLM)?Transformer$/.test(findClassName(type)))?.path ?? "";
}

/** "Pooling" of "sentence_transformers.models.Pooling": the package before it changes from version to version. */
export function findClassName(type: string): string {
  return type.split(".").at(-1) ?? "";
}

/** From token vectors to one vector. Without `modules.json` a `1_Pooling` folder counts all the same. */
export async function readModules(files: ModelFiles, modules: readonly Module[] | undefined): Promise<ModulePlan> {
  const plan: ModulePlan = { pooling: undefined, steps: [] };
  if (modules === undefined) {
    const hasPooling = (await files.find("1_Pooling/config.json")) !== undefined;
    return hasPooling ? { ...plan, pooling: await readPooling(files, "1_Pooling") } : plan;
  }
  for (const module of modules) await addModule(files, plan, module);
  return plan;
}

async function addModule(files: ModelFiles, plan: ModulePlan, module: Module): Promise<void> {
  const name = findClassName(module.type);
  switch (name) {
    case "Transformer":
      return;
    case "Pooling":
      checkOrder(files.model, name, plan.pooling === undefined && plan.steps.length === 0);
      plan.pooling = await readPooling(files, module.path);
      return;
    case "Dense":
      checkOrder(files.model, name, plan.pooling !== undefined);
      plan.steps.push(await readDense(files, module.path));
      return;
    case "Normalize":
      checkOrder(files.model, name, plan.pooling !== undefined);
      plan.steps.push({ kind: "normalize" });
      return;
    default:
      throw createLoadError(
        files.model,
        `found module ${JSON.stringify(module.type)} in "modules.json", need Transformer, Pooling, Dense or Normalize`,
      );
  }
}

function checkOrder(model: string, name: string, isInOrder: boolean): void {
  if (isInOrder) return;
  const found = `found module "${name}" out of order in "modules.json"`;
  throw createLoadError(model, `${found}, need one Pooling before the rest`);
}

async function readPooling(files: ModelFiles, folder: string): Promise<Pooling> {
  const origin = `${folder}/config.json`;
  const config = await files.readJson(origin, PoolingConfigSchema);
  if (config === undefined) throw createLoadError(files.model, `found no "${origin}"`);
  const resolved = resolvePoolModes(config);
  if ("unknown" in resolved) {
    throw createLoadError(files.model, `found pooling mode ${JSON.stringify(resolved.unknown)} in "${origin}"`);
  }
  const width = config.embedding_dimension ?? config.word_embedding_dimension ?? undefined;
  return { modes: resolved.modes, width, includePrompt: config.include_prompt ?? true, origin };
}
