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
  /** Folder of the transformer's own files, relative to the model's; "" for the model's folder itself. */
  transformerFolder: string;
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

/** Without `modules.json` a `1_Pooling` folder counts all the same. */
export async function readModules(files: ModelFiles): Promise<ModulePlan> {
  const modules = await files.readJson("modules.json", ModulesSchema);
  const plan: ModulePlan = { transformerFolder: "", pooling: undefined, steps: [] };
  if (modules === undefined) {
    const hasPooling = (await files.find("1_Pooling/config.json")) !== undefined;
    return hasPooling ? { ...plan, pooling: await readPooling(files, "1_Pooling") } : plan;
  }
  for (const { path, type } of modules) await addModule(files, plan, { path, type });
  return plan;
}

async function addModule(files: ModelFiles, plan: ModulePlan, module: { path: string; type: string }): Promise<void> {
  const name = module.type.split(".").at(-1) ?? "";
  switch (name) {
    case "Transformer":
      plan.transformerFolder = module.path;
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
