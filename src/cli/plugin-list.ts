// `termite plugin list`: what is inside, what is on disk, what this machine could have, and why not. Extracts nothing.
import { formatBytes } from "../format-bytes.ts";
import { listPlugins } from "../plugins/list.ts";
import type { PluginRow } from "../plugins/list.ts";
import { readBuildInfo } from "../runtime/build-info.ts";
import { TARGETS } from "../target.ts";
import { createCommand } from "./command.ts";
import type { Invocation } from "./command.ts";
import { createConfigFlags, openContext } from "./context.ts";
import { listBundled, openMachine } from "./machine.ts";
import { writeData, writeTable } from "./output.ts";

export const pluginListCommand = createCommand({
  name: "plugin list",
  summary: "engines: bundled, installed, and what this machine could have",
  flags: { json: { type: "boolean", description: "as JSON" }, ...createConfigFlags() },
  examples: [
    ["termite plugin list", "name, status, version, size, path and the reason"],
    ["termite plugin list --json", "the same for scripts"],
  ],
  run: runPluginList,
});

async function runPluginList(invocation: Invocation): Promise<number> {
  const { loaded, environment, log } = await openContext(invocation, { quiet: true });
  const machine = openMachine({ config: loaded.config, environment });
  const hardware = await machine.detectHardware();
  for (const override of hardware.overrides) log.warn("hardware is not this machine's own", { override });
  const plugins = listPlugins({
    platform: machine.platform,
    hardware,
    searches: TARGETS.map(machine.search),
    bundled: listBundled(readBuildInfo()),
    locked: {},
  });
  if (invocation.flags["json"] === true) writeData(`${JSON.stringify({ plugins }, null, 2)}\n`);
  else writeTable(["PLUGIN", "STATUS", "VERSION", "SIZE", "PATH", "REASON"], plugins.map(formatRow), invocation.flags);
  return 0;
}

function formatRow(plugin: PluginRow): string[] {
  const { name, status, sizeBytes, path = "", reason = "" } = plugin;
  return [name, status, formatVersion(plugin), sizeBytes === undefined ? "" : formatBytes(sizeBytes), path, reason];
}

/** `0.11.2 (0.12.0.1 available)` */
function formatVersion({ version, availableVersion }: PluginRow): string {
  const available = availableVersion === undefined ? "" : `${availableVersion} available`;
  if (version === undefined || available === "") return version ?? available;
  return `${version} (${available})`;
}
