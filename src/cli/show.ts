// `termite show`: one model by its own files. Nothing is loaded; of the model inside the executable the files are extracted,
// which any use of it does too.
import { createChildEnvironment } from "../config/env.ts";
import { TermiteError } from "../errors.ts";
import type { ModelStore } from "../models/manifest.ts";
import { createCommand } from "./command.ts";
import type { Invocation } from "./command.ts";
import { createConfigFlags, openContext } from "./context.ts";
import { writeData, writeTable } from "./output.ts";
import { createModelReport, formatModelRows } from "./show-model.ts";
import { openAssets, openStore } from "./store.ts";
import { listUsableTargets } from "./usable-targets.ts";

export const showCommand = createCommand({
  name: "show",
  summary: "what a model is, by its own files: task, limits, pooling, prompts, labels, and where each comes from",
  positionals: { name: "model", description: "its name or an alias of it", least: 1, most: 1 },
  flags: { json: { type: "boolean", description: "as JSON" }, ...createConfigFlags() },
  examples: [
    ["termite show all-minilm-l6-v2:int8", "the model inside the executable"],
    ["termite show bge-small-en-v1.5 --json", "one on disk, for scripts"],
  ],
  run: runShow,
});

async function runShow(invocation: Invocation): Promise<number> {
  const { loaded: { config }, loaded, log, environment } = await openContext(invocation, { quiet: true });
  const [name = ""] = invocation.positionals;
  const store = openStore({ loaded, log, assets: openAssets(config.home, createChildEnvironment(environment)) });
  const manifest = await store.resolve(name);
  const { weights } = await store.describe(name);
  const { id } = manifest;
  const overrides = [config.models[id], config.models[id.split(":")[0] ?? id]];
  const report = createModelReport(manifest, {
    weights,
    hasOwnDimensions: overrides.some((override) => override?.dimensions !== undefined),
    targets: await listUsableTargets({ config, environment }),
    aliases: await findAliases(store, Object.keys(config.aliases), id),
  });
  if (invocation.flags["json"] === true) writeData(`${JSON.stringify(report, null, 2)}\n`);
  else writeTable(["PROPERTY", "VALUE", "FROM"], formatModelRows(report), invocation.flags);
  return 0;
}

/** Those that mean the model; an alias whose own model is missing or broken means none. */
async function findAliases(store: ModelStore, names: readonly string[], id: string): Promise<string[]> {
  const meant = await Promise.all(names.map((name) => findId(store, name)));
  return names.filter((_, index) => meant[index] === id);
}

async function findId(store: ModelStore, name: string): Promise<string | undefined> {
  try {
    return (await store.describe(name)).id;
  } catch (error) {
    if (error instanceof TermiteError) return undefined;
    throw error;
  }
}
