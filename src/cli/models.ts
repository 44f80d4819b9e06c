// `termite models`: what is on disk and inside the executable.
import { createChildEnvironment } from "../config/env.ts";
import { formatBytes } from "../format-bytes.ts";
import { createCommand } from "./command.ts";
import type { Invocation } from "./command.ts";
import { createConfigFlags, openContext } from "./context.ts";
import { writeData, writeTable } from "./output.ts";
import { openAssets, openStore } from "./store.ts";

export const modelsCommand = createCommand({
  name: "models",
  summary: "models on disk and inside the executable",
  flags: { json: { type: "boolean", description: "as JSON" }, ...createConfigFlags() },
  examples: [
    ["termite models", "id, task, size and place of each"],
    ["termite models --models-dir /srv/models --json", "the same of another folder, for scripts"],
  ],
  run: runModels,
});

async function runModels(invocation: Invocation): Promise<number> {
  const { loaded, log, environment } = await openContext(invocation, { quiet: true });
  const assets = openAssets(loaded.config.home, createChildEnvironment(environment));
  const models = await openStore({ loaded, log, assets }).list();
  if (invocation.flags["json"] === true) {
    writeData(`${JSON.stringify({ models }, null, 2)}\n`);
    return 0;
  }
  const rows = models.map((model) => [
    model.id,
    model.task ?? "",
    formatBytes(model.sizeBytes),
    model.embedded ? "executable" : "disk",
    model.problem ?? "",
  ]);
  writeTable(["MODEL", "TASK", "SIZE", "PLACE", "PROBLEM"], rows, invocation.flags);
  return 0;
}
