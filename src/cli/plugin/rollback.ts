// `termite plugin rollback SPEC`: the version before counts again.
import { rollbackPlugin } from "../../plugins/store/rollback-plugin.ts";
import { createCommand } from "../command.ts";
import type { Invocation } from "../command.ts";
import { createConfigFlags } from "../context.ts";
import { writeData } from "../output.ts";
import { runLocked } from "./run-locked.ts";
import { JSON_FLAG, ONE_SPEC, parsePlugin } from "./spec-argument.ts";

export const pluginRollbackCommand = createCommand({
  name: "plugin rollback",
  summary: "go back to the version before",
  flags: { ...JSON_FLAG, ...createConfigFlags() },
  positionals: ONE_SPEC,
  examples: [["termite plugin rollback xla:cuda", "servers that run keep what they have until they start again"]],
  run: runPluginRollback,
});

async function runPluginRollback(invocation: Invocation): Promise<number> {
  const plugin = parsePlugin(invocation.positionals[0] ?? "", "rollback");
  const { from, to } = await runLocked(invocation, [plugin], ({ pluginsDir }) => rollbackPlugin(pluginsDir, plugin));
  const row = { plugin, from: from.name, version: to.name, path: to.folder };
  if (invocation.flags["json"] === true) writeData(`${JSON.stringify(row)}\n`);
  else writeData(`${plugin}: back from ${row.from} to ${row.version}, ${row.path}\n`);
  return 0;
}
