// What `plugins.auto_install` could not do not long ago, and locks that are not this build's own. Pure.
import { MEMORY_MS } from "../../plugins/auto-install/failure-memory.ts";
import type { Failure } from "../../plugins/auto-install/failure-memory.ts";
import type { Verdict } from "../finding.ts";

/** `undefined` when nothing failed within the hour. */
export function resolveFailures(failures: readonly Failure[]): Verdict | undefined {
  const [first] = failures;
  if (first === undefined) return undefined;
  const found = failures.map(({ plugin, reason, at }) => `"${plugin}" could not be installed at ${at}: ${reason}`);
  const again = new Date(Math.max(...failures.map(({ at }) => Date.parse(at))) + MEMORY_MS).toISOString();
  return {
    status: "warn",
    found: found.join("; "),
    needed: `an install that succeeds; "termite serve" tries again from ${again} on`,
    remedy: `termite plugin install ${first.plugin}`,
  };
}

/** `replacedBy`: what TERMITE_PLUGIN_LOCK names. */
export function resolveLocks(replacedBy: string | undefined): Verdict | undefined {
  if (replacedBy === undefined) return undefined;
  return {
    status: "warn",
    found: `TERMITE_PLUGIN_LOCK=${replacedBy}: installs trust the locks there`,
    needed: "the locks inside the executable",
    remedy: "Unset TERMITE_PLUGIN_LOCK",
  };
}
