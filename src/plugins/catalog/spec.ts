// What people write for a plugin, "backend:device[@version]", as a typed value; parsed once, here.
import { TermiteError } from "../../errors.ts";
import { findNearest } from "../../nearest.ts";
import { PLUGIN_NAMES } from "./lock.ts";
import type { PluginName } from "./lock.ts";

export interface PluginSpec {
  plugin: PluginName;
  /** As written behind "@"; whether there is such a version is the catalog's to say. */
  version?: string;
}

/** Targets that need no plugin: their libraries lie inside the executable. */
const BUNDLED: readonly string[] = ["onnx:cpu", "xla:cpu"];
/** "onnx:cuda:1": one device of several. */
const NUMBERED = /^([a-z]+:[a-z]+):\d+$/;
const KNOWN = PLUGIN_NAMES.map((name) => `"${name}"`).join(", ");

/** Samples: "xla:cuda", "xla:cuda@0.12.0.1". Throws `unknown_plugin`, naming the nearest known one. */
export function parsePluginSpec(text: string): PluginSpec {
  const at = text.indexOf("@");
  const plugin = parseName(at === -1 ? text : text.slice(0, at));
  if (at === -1) return { plugin };
  return { plugin, version: parseVersion(text, plugin, text.slice(at + 1)) };
}

function parseName(name: string): PluginName {
  const plugin = PLUGIN_NAMES.find((known) => known === name);
  if (plugin !== undefined) return plugin;
  if (BUNDLED.includes(name)) {
    throw createSpecError(name, "it is bundled", `Nothing has to be installed for it; the plugins are ${KNOWN}`);
  }
  const whole = NUMBERED.exec(name)?.[1];
  if (PLUGIN_NAMES.some((known) => known === whole)) {
    throw createSpecError(name, "the number of a device is reserved", `Write "${whole}", which is for all devices`);
  }
  const nearest = findNearest(name, PLUGIN_NAMES);
  throw createSpecError(
    name,
    `the known ones are ${KNOWN}`,
    nearest === undefined ? "termite plugin list" : `Did you mean "${nearest}"?`,
  );
}

function parseVersion(text: string, plugin: PluginName, version: string): string {
  if (/^[\w.+!-]+$/.test(version)) return version;
  const found = version === "" ? 'found no version behind "@"' : `found the version ${JSON.stringify(version)}`;
  throw createSpecError(text, found, `Write "${plugin}" for the version of this build`);
}

function createSpecError(text: string, found: string, hint: string): TermiteError {
  return new TermiteError("unknown_plugin", `Cannot use ${JSON.stringify(text)} as a plugin: ${found}`, { hint });
}
