// Back to the version that counted before, which is still there: one link changes.
import { TermiteError } from "../../errors.ts";
import type { PluginName } from "../catalog/lock.ts";
import { readVersion, requireInstalled } from "./installed.ts";
import type { InstalledVersion } from "./installed.ts";
import { checkReplaceable, flipCurrent } from "./links.ts";
import { removeDamageMark } from "./damage-mark.ts";
import { withStoreErrors } from "./store-error.ts";
import { findTreeProblems } from "./tree-problems.ts";

export interface RollbackReport {
  from: InstalledVersion;
  to: InstalledVersion;
}

/**
 * Under the install lock. Servers that run keep what they have. Throws `plugin_not_installed`, `plugin_refused` where no
 * version before is kept, and `plugin_damaged` where it is not whole by names and sizes.
 */
export async function rollbackPlugin(pluginsDir: string, plugin: PluginName): Promise<RollbackReport> {
  checkReplaceable(pluginsDir, plugin);
  const from = requireInstalled(pluginsDir, plugin, "roll back");
  const to = requireBefore(pluginsDir, from);
  await withStoreErrors(pluginsDir, async () => {
    await flipCurrent({ pluginsDir, plugin, name: to.name, library: to.receipt.library });
    await removeDamageMark(pluginsDir, plugin);
  });
  return { from, to };
}

function requireBefore(pluginsDir: string, { plugin, receipt }: InstalledVersion): InstalledVersion {
  const { replaces, version } = receipt;
  const refuse = (code: "plugin_refused" | "plugin_damaged", found: string): TermiteError => {
    const hint = `Install one by its version: termite plugin install ${plugin}@VERSION`;
    return new TermiteError(code, `Cannot roll back "${plugin}": ${found}`, { hint });
  };
  if (replaces === undefined) throw refuse("plugin_refused", `no version before "${version}" was installed`);
  const { installed, problem } = readVersion(pluginsDir, plugin, replaces);
  if (installed === undefined) throw refuse("plugin_refused", problem ?? "nothing is there");
  const wrong = findTreeProblems(installed.folder, installed.receipt)[0];
  if (wrong === undefined) return installed;
  throw refuse("plugin_damaged", `found "${wrong.path}" ${wrong.kind} in version "${replaces}"`);
}
