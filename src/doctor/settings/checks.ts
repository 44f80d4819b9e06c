// What the configuration asks for.
import type { Check } from "../check.ts";
import { readDefaultModel, resolveDefaultModel } from "./default-model.ts";
import { resolveFile } from "./file.ts";
import { readPreloadedModels, resolvePreloadedModels } from "./preload.ts";
import { readPriority, readProblem } from "./read-targets.ts";
import { resolveBackendPriority, resolveRequireTarget } from "./targets.ts";

export const SETTING_CHECKS: readonly Check[] = [
  { id: "config.file", run: async ({ loaded }) => resolveFile(loaded) },
  { id: "config.backend_priority", run: async (examination) => resolveBackendPriority(await readPriority(examination)) },
  {
    id: "config.require_target",
    run: async (examination) => {
      const target = examination.loaded.config.requireTarget;
      return resolveRequireTarget(target, target === undefined ? undefined : await readProblem(examination, target));
    },
  },
  {
    id: "config.default_model",
    run: async (examination) => resolveDefaultModel(await readDefaultModel(examination)),
  },
  {
    id: "config.preload",
    run: async ({ store, loaded, asset }) => {
      // It may be among them.
      await asset("default-model");
      return resolvePreloadedModels(await readPreloadedModels(store, loaded.config.preload));
    },
  },
];
