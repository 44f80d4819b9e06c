// This machine as an install needs it: what it has, which plugins this build knows, and how a library is tried on it.
import type { Config } from "../../config/config.ts";
import type { Log } from "../../log.ts";
import { openCatalog } from "../../plugins/catalog/catalog.ts";
import { detectHardware, formatOverrides } from "../../plugins/detect/detect-hardware.ts";
import { readRuntime } from "../../plugins/environment/read-runtime.ts";
import { resolveEngine } from "../../plugins/install/check-abi.ts";
import type { InstallMachine } from "../../plugins/install/install-options.ts";
import { probeEngine } from "../../plugins/probe/probe-engine.ts";
import { createRunChild } from "../../plugins/run-child.ts";
import { readBuildInfo } from "../../runtime/build-info.ts";
import { childCommand } from "../child-command.ts";
import { openMachine } from "../machine.ts";
import { readMachineFacts } from "./read-facts.ts";

export interface PluginMachineOptions {
  config: Config;
  environment: Readonly<Record<string, string>>;
  log: Log;
  signal?: AbortSignal | undefined;
}

/** `0.1.0 (3fa2c1…)` */
function formatBuild(): string {
  const { version, build } = readBuildInfo();
  return `${version} (${build})`;
}

/** Warns of what stands in for the machine's own hardware and for the locks inside the executable. */
export function openPluginMachine({ config, environment, log, signal }: PluginMachineOptions): InstallMachine {
  const machine = openMachine({ config, environment });
  const { system, platform } = machine;
  const { pluginsDir } = config;
  const catalog = openCatalog({ environment });
  for (const override of formatOverrides(environment)) log.warn("hardware is not this machine's own", { override });
  const { replacedBy } = catalog;
  if (replacedBy !== undefined) log.warn("plugin locks are not this build's own", { TERMITE_PLUGIN_LOCK: replacedBy });
  const common = { runChild: createRunChild(childCommand("__probe")), ...(signal !== undefined && { signal }) };
  return {
    pluginsDir, catalog, platform,
    build: formatBuild(),
    glanceHardware: () => detectHardware(system, { readNvml: async () => undefined }),
    readFacts: () => readMachineFacts(machine, pluginsDir),
    // Nothing is started in the library, so that it needs nothing but the linker.
    probe: (request) => probeEngine(request, { ...common, environment }),
    probeTree: async (plugin, libraryPath) => {
      const hardware = await machine.detectHardware();
      const { preload, environment: own } = readRuntime(plugin, { libraryPath, environment, system, hardware });
      return probeEngine({ ...resolveEngine(plugin), libraryPath, preload }, { ...common, environment: own });
    },
  };
}
