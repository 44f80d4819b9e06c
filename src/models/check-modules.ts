// The modules of `modules.json` that stand where no vector is pooled: what would be another computation is refused by name.
import * as v from "valibot";
import type { Task } from "../task.ts";
import { createLoadError, type ModelFiles } from "./model-files.ts";
import { findClassName, type Module } from "./modules.ts";

const SpladeSchema = v.object({ pooling_strategy: v.nullish(v.string()), activation_function: v.nullish(v.string()) });

/** Of a model for sparse vectors or for logits. */
export async function checkModules(files: ModelFiles, modules: readonly Module[], task: Task): Promise<void> {
  for (const { path, type } of modules) {
    const name = findClassName(type);
    if (name === "Transformer" || (task === "sparse" && name === "MLMTransformer")) continue;
    if (task === "sparse" && name === "SpladePooling") await checkSplade(files, `${path}/config.json`);
    else if (task === "sparse") throw createModuleError(files, type, "a Transformer and SpladePooling");
    // Of a causal language model, the logits of two words.
    else if (/\.cross_encoder\.|(^|\.)LogitScore$/.test(type)) throw createModuleError(files, type, "a Transformer alone");
  }
}

/** The defaults of the class, and all that the head can do: the maximum over tokens of `log(1 + relu(logit))`. */
async function checkSplade(files: ModelFiles, name: string): Promise<void> {
  const config = await files.readJson(name, SpladeSchema);
  const check = (key: string, found: string, needed: string): void => {
    if (found === needed) return;
    throw createLoadError(files.model, `found ${key} ${JSON.stringify(found)} in "${name}", need "${needed}"`);
  };
  check("pooling_strategy", config?.pooling_strategy ?? "max", "max");
  check("activation_function", config?.activation_function ?? "relu", "relu");
}

function createModuleError(files: ModelFiles, type: string, needed: string) {
  return createLoadError(files.model, `found module ${JSON.stringify(type)} in "modules.json", need ${needed}`);
}
