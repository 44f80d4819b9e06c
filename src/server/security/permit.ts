// What one key may be used for: its tasks and its models, compared by what their names resolve to.
import { TermiteError } from "../../errors.ts";
import type { ModelManifest, ModelStore, Task } from "../../models/manifest.ts";
import type { ApiKey } from "./api-key.ts";

export interface Permit {
  /** Throws `forbidden` unless the key may be used for the model, and for `task`: the model's own where it is absent. */
  check(model: string, task?: Task): Promise<void>;
  hasTask(task: Task): boolean;
  /** By what is known so far: the names that the key has, and what they were found to mean. */
  hasId(id: string): boolean;
  /** Looks up what all names of the key mean now. */
  readIds(): Promise<void>;
}

/** `models` is the store itself, which knows every model. */
export function createPermit(models: ModelStore, { name: key, tasks, models: names }: ApiKey): Permit {
  const ids = new Set(names);
  const hasTask = (task: Task): boolean => tasks === undefined || tasks.includes(task);
  const hasId = (id: string): boolean => names === undefined || ids.has(id);
  const readIds = async (): Promise<void> => {
    const found = await Promise.all((names ?? []).map((name) => findModel(models, name)));
    for (const model of found) if (model !== undefined) ids.add(model.id);
  };
  const checkTask = (task: Task): void => {
    if (!hasTask(task)) throw createForbidden(`do the task "${task}"`, key, { allowed: tasks ?? [] });
  };
  const checkModel = async (name: string): Promise<void> => {
    // A name as the key has it needs no look at the disk.
    if (names === undefined || names.includes(name)) return;
    const id = (await findModel(models, name))?.id;
    if (id !== undefined && !ids.has(id)) await readIds();
    // What is not there is refused in the same words: they do not tell what else there is.
    if (id === undefined || !ids.has(id)) throw createForbidden(`use model "${name}"`, key, { allowed: names, param: "model" });
  };
  return {
    hasTask,
    hasId,
    readIds,
    async check(name, task) {
      if (task !== undefined) checkTask(task);
      await checkModel(name);
      const own = task === undefined && tasks !== undefined ? (await findModel(models, name))?.task : undefined;
      if (own !== undefined) checkTask(own);
    },
  };
}

/** `undefined` where there is no usable model of that name: whoever works with it will say so. */
async function findModel(models: ModelStore, name: string): Promise<ModelManifest | undefined> {
  try {
    return await models.resolve(name);
  } catch (error) {
    if (error instanceof TermiteError) return undefined;
    throw error;
  }
}

interface Refusal {
  allowed: readonly string[];
  /** The wrong field of the request. */
  param?: string;
}

function createForbidden(action: string, key: string, { allowed, param }: Refusal): TermiteError {
  const words = allowed.map((word) => `"${word}"`).join(", ");
  return new TermiteError("forbidden", `Cannot ${action}: the API key "${key}" is only for ${words}`, {
    details: param === undefined ? undefined : { param },
  });
}
