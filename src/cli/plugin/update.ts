// `termite plugin update [SPEC | --all]`: to the version of this build's lock. Nothing else moves an installed plugin.
import { TermiteError } from "../../errors.ts";
import { PLUGIN_NAMES } from "../../plugins/catalog/lock.ts";
import type { PluginName } from "../../plugins/catalog/lock.ts";
import { readInstalled } from "../../plugins/store/installed.ts";
import { createCommand } from "../command.ts";
import type { Invocation } from "../command.ts";
import { createConfigFlags, openContext } from "../context.ts";
import { writeMessage } from "../output.ts";
import { INSTALL_FLAGS } from "./install.ts";
import { runInstall, withErrorEvent } from "./run-install.ts";
import { OPTIONAL_SPEC, parsePlugin } from "./spec-argument.ts";

export const pluginUpdateCommand = createCommand({
  name: "plugin update",
  summary: "bring installed plugins to the version of this build",
  flags: { all: { type: "boolean", description: "every plugin that is installed" }, ...INSTALL_FLAGS, ...createConfigFlags() },
  positionals: OPTIONAL_SPEC,
  examples: [
    ["termite plugin update xla:cuda", "the version before stays for `plugin rollback`"],
    ["termite plugin update --all", "all that are installed"],
  ],
  run: runPluginUpdate,
});

function runPluginUpdate(invocation: Invocation): Promise<number> {
  return withErrorEvent(invocation, () => update(invocation));
}

async function update(invocation: Invocation): Promise<number> {
  const named = checkNamed(invocation);
  const context = await openContext(invocation, { quiet: true });
  const { pluginsDir } = context.loaded.config;
  const plugins = named === undefined ? PLUGIN_NAMES.filter((plugin) => isInstalled(pluginsDir, plugin)) : [named];
  if (named !== undefined && !isInstalled(pluginsDir, named)) {
    throw new TermiteError("plugin_not_installed", `Cannot update "${named}": it is not installed`, {
      hint: `termite plugin install ${named}`,
    });
  }
  if (plugins.length > 0) return runInstall(plugins.map((plugin) => ({ plugin })), context, invocation);
  if (invocation.flags["quiet"] !== true) writeMessage("no plugin is installed\n");
  return 0;
}

/** `undefined`: all. */
function checkNamed({ positionals: [text], flags }: Invocation): PluginName | undefined {
  const isAll = flags["all"] === true;
  if (text !== undefined && !isAll) return parsePlugin(text, "update");
  if (text === undefined && isAll) return undefined;
  const found = text === undefined ? "missing spec" : `both "${text}" and --all`;
  throw new TermiteError("usage", `Cannot run "termite plugin update": ${found}`, { hint: "termite plugin update --all" });
}

/** Damaged counts too: the update mends it. */
function isInstalled(pluginsDir: string, plugin: PluginName): boolean {
  const { installed, problem } = readInstalled(pluginsDir, plugin);
  return installed !== undefined || problem !== undefined;
}
