// A plugin as people name it: `backend:device`, with the version behind an "@" where one is meant.
import { TermiteError } from "../errors.ts";
import { findNearest } from "../nearest.ts";
import { TARGETS } from "../target.ts";
import type { Target } from "../target.ts";

export interface PluginSpec {
  /** `backend:device`, the plugin's name everywhere. */
  target: Target;
  backend: string;
  device: string;
  version: string | undefined;
}

/** `parsePluginSpec("xla:cuda@0.12.0.1")`. Throws `invalid_spec`; whether the version exists is the lock's to say. */
export function parsePluginSpec(text: string): PluginSpec {
  const [, name, version] = /^([^@]*)(?:@(.*))?$/s.exec(text) ?? [];
  const target = TARGETS.find((candidate) => candidate === name);
  if (target === undefined) throw createUnknownError(text, name ?? text);
  if (version !== undefined && !/^\d[0-9A-Za-z.+!_-]*$/.test(version)) {
    const found = `found version ${JSON.stringify(version)}`;
    throw new TermiteError("invalid_spec", `Cannot use the plugin ${JSON.stringify(text)}: ${found}`, {
      hint: `Write it as "${target}@1.2.3"`,
    });
  }
  const [backend = "", device = ""] = target.split(":");
  return { target, backend, device, version };
}

function createUnknownError(text: string, name: string): TermiteError {
  const nearest = findNearest(name, TARGETS);
  const known = TARGETS.map((target) => `"${target}"`).join(", ");
  return new TermiteError("invalid_spec", `Cannot use the plugin ${JSON.stringify(text)}: there is no such plugin`, {
    hint: nearest === undefined ? `Choose one of ${known}` : `Did you mean "${nearest}"?`,
  });
}
