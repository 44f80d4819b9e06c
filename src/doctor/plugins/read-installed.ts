// Looks at an installed plugin where it lies and at the locks of this build.
import { openCatalog } from "../../plugins/catalog/catalog.ts";
import type { PluginLock, PluginName } from "../../plugins/catalog/lock.ts";
import { hasDamageMark } from "../../plugins/store/damage-mark.ts";
import { readInstalled } from "../../plugins/store/installed.ts";
import { findTreeProblems } from "../../plugins/store/tree-problems.ts";
import type { Examination } from "../examination.ts";
import type { InstalledFacts } from "./installed.ts";

/** `undefined` where no install's version is there; the walk over the places says what else is. */
export async function readInstalledFacts(
  plugin: PluginName,
  { loaded, environment, platform }: Examination,
): Promise<InstalledFacts | undefined> {
  const { pluginsDir } = loaded.config;
  const { installed } = readInstalled(pluginsDir, plugin);
  if (installed === undefined) return undefined;
  const { folder, receipt } = installed;
  const locks = await openCatalog({ environment }).list(plugin, platform);
  return {
    plugin,
    version: receipt.version,
    files: receipt.files.length,
    sizeBytes: receipt.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    problems: findTreeProblems(folder, receipt),
    isMarkedDamaged: hasDamageMark(pluginsDir, plugin),
    standing: resolveStanding(receipt.version, locks),
    newest: locks[0]?.version,
  };
}

function resolveStanding(version: string, locks: readonly PluginLock[]): InstalledFacts["standing"] {
  if (locks.some((lock) => lock.version === version)) return "current";
  return locks.some(({ accepts }) => accepts.includes(version)) ? "outdated" : "unaccepted";
}
