// The SPEC of plugin commands, and the flags that several of them have.
import { PLUGIN_NAMES } from "../../plugins/catalog/lock.ts";
import { parsePluginSpec } from "../../plugins/catalog/spec.ts";
import type { PluginSpec } from "../../plugins/catalog/spec.ts";
import { TermiteError } from "../../errors.ts";
import type { FlagTable, Invocation, Positionals } from "../command.ts";

export const ONE_SPEC: Positionals = {
  name: "spec", description: PLUGIN_NAMES.join(", "), least: 1, most: 1, words: PLUGIN_NAMES,
};
export const OPTIONAL_SPEC: Positionals = { ...ONE_SPEC, least: 0 };
export const MANY_SPECS: Positionals = {
  ...ONE_SPEC, description: `${PLUGIN_NAMES.join(", ")}, each with @VERSION where one is meant`, most: Number.POSITIVE_INFINITY,
};

export const JSON_FLAG: FlagTable = { json: { type: "boolean", description: "as JSON" } };

export function parseSpecs({ positionals }: Invocation): PluginSpec[] {
  return positionals.map(parsePluginSpec);
}

/** Of a command that is about what is installed: there a version cannot be chosen. */
export function parsePlugin(text: string, command: string): PluginSpec["plugin"] {
  const { plugin, version } = parsePluginSpec(text);
  if (version === undefined) return plugin;
  throw new TermiteError("usage", `Cannot run "termite plugin ${command} ${text}": it takes no version`, {
    hint: `termite plugin ${command} ${plugin}`,
  });
}
