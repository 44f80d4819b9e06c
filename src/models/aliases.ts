// Other names of models, as the configuration gives them. A name means its alias first, so that what a name means does
// not depend on what else lies in the models folder.
import type { Log } from "../log.ts";
import { findModelFolders } from "./folders.ts";
import { findModelName } from "./model-name.ts";

export type Aliases = Readonly<Record<string, string>>;

/** The model that the name stands for; "x:latest" is "x". */
export function findAlias(aliases: Aliases, name: string): string | undefined {
  const bare = name.replace(/:latest$/, "");
  return Object.hasOwn(aliases, bare) ? aliases[bare] : undefined;
}

/** Says once of each alias that a model folder has its name, which then no request reaches by it. */
export function createHiddenWarning(modelsDir: string, log: Log): (name: string, model: string) => Promise<void> {
  const seen = new Set<string>();
  return async (name, model) => {
    const alias = name.replace(/:latest$/, "");
    const wanted = seen.has(alias) ? undefined : findModelName(alias);
    seen.add(alias);
    const [hidden] = wanted === undefined ? [] : await findModelFolders(modelsDir, wanted);
    if (hidden !== undefined) log.warn("an alias hides the model folder of the same name", { alias, model });
  };
}
