// Plugins: what is installed, what was to be installed and could not be, and whose locks count.
import { openCatalog } from "../../plugins/catalog/catalog.ts";
import { PLUGIN_NAMES } from "../../plugins/catalog/lock.ts";
import type { PluginName } from "../../plugins/catalog/lock.ts";
import { readFailures } from "../../plugins/auto-install/failure-memory.ts";
import type { Check } from "../check.ts";
import { resolveFailures, resolveLocks } from "./auto-install.ts";
import { resolveInstalled } from "./installed.ts";
import { readInstalledFacts } from "./read-installed.ts";

export const PLUGIN_CHECKS: readonly Check[] = [
  { id: "plugin.lock", run: async ({ environment }) => resolveLocks(openCatalog({ environment }).replacedBy) },
  ...PLUGIN_NAMES.map(createInstalledCheck),
  { id: "plugin.auto_install", run: async ({ loaded }) => resolveFailures(readFailures(loaded.config.home, Date.now())) },
];

function createInstalledCheck(plugin: PluginName): Check {
  return {
    id: `plugin.${plugin}`,
    run: async (examination) => {
      const facts = await readInstalledFacts(plugin, examination);
      return facts === undefined ? undefined : resolveInstalled(facts);
    },
  };
}
