// `termite plugin remove SPEC`: all versions of a plugin, unless a server uses one.
import { formatBytes } from "../../format-bytes.ts";
import { removePlugin } from "../../plugins/store/remove-plugin.ts";
import { createCommand } from "../command.ts";
import type { Invocation } from "../command.ts";
import { createConfigFlags } from "../context.ts";
import { openMachine } from "../machine.ts";
import { writeData } from "../output.ts";
import { withPlacedWords } from "./placed-library.ts";
import { runLocked } from "./run-locked.ts";
import { JSON_FLAG, ONE_SPEC, parsePlugin } from "./spec-argument.ts";

export const pluginRemoveCommand = createCommand({
  name: "plugin remove",
  summary: "remove a plugin that no server uses",
  flags: { ...JSON_FLAG, ...createConfigFlags() },
  positionals: ONE_SPEC,
  examples: [["termite plugin remove xla:cuda", "all its versions, and the files that no other plugin shares"]],
  run: runPluginRemove,
});

async function runPluginRemove(invocation: Invocation): Promise<number> {
  const plugin = parsePlugin(invocation.positionals[0] ?? "", "remove");
  const { versions, freedBytes } = await runLocked(invocation, [plugin], (config, environment) => {
    const { pluginsDir } = config;
    const { search } = openMachine({ config, environment });
    return withPlacedWords({ pluginsDir, plugin, verb: "remove", search }, () => removePlugin(pluginsDir, plugin));
  });
  if (invocation.flags["json"] === true) writeData(`${JSON.stringify({ plugin, versions, freedBytes })}\n`);
  else writeData(`${[plugin, versions.join(", ")].join(" ").trimEnd()}: removed, ${formatBytes(freedBytes)} freed\n`);
  return 0;
}
