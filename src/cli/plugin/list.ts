// `termite plugin list`: what is inside, what is on disk, what this machine could have, and why not. Extracts nothing.
import { formatBytes } from "../../format-bytes.ts";
import { openCatalog } from "../../plugins/catalog/catalog.ts";
import { PLUGIN_NAMES } from "../../plugins/catalog/lock.ts";
import type { PluginName } from "../../plugins/catalog/lock.ts";
import { chooseVariant } from "../../plugins/checks/choose-variant.ts";
import type { Hardware } from "../../plugins/detect/hardware.ts";
import { listPlugins } from "../../plugins/list.ts";
import type { LockedPlugin, PluginRow } from "../../plugins/list.ts";
import { hasDamageMark } from "../../plugins/store/damage-mark.ts";
import { formatHolders, readHolders } from "../../plugins/store/version-hold.ts";
import { readBuildInfo } from "../../runtime/build-info.ts";
import { TARGETS } from "../../target.ts";
import { createCommand } from "../command.ts";
import type { Invocation } from "../command.ts";
import { createConfigFlags, openContext } from "../context.ts";
import { listBundled, openMachine } from "../machine.ts";
import type { Machine } from "../machine.ts";
import { writeData, writeTable } from "../output.ts";

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
  const rows = listPlugins({
    platform: machine.platform,
    hardware,
    searches: TARGETS.map(machine.search),
    bundled: listBundled(readBuildInfo()),
    locked: await listLocked(machine, hardware, environment),
  });
  const plugins = rows.map((row) => addHolders(addDamage(row, loaded.config.pluginsDir)));
  if (invocation.flags["json"] === true) writeData(`${JSON.stringify({ plugins }, null, 2)}\n`);
  else writeTable(["PLUGIN", "STATUS", "VERSION", "SIZE", "PATH", "REASON"], plugins.map(formatRow), invocation.flags);
  return 0;
}

/** What `plugin verify` found still serves, and who looks at the list should know. */
function addDamage(row: PluginRow, pluginsDir: string): PluginRow {
  const plugin = PLUGIN_NAMES.find((name) => name === row.name);
  if (plugin === undefined || row.version === undefined || !hasDamageMark(pluginsDir, plugin)) return row;
  const damage = `damaged when it was verified, mend it with: termite plugin install ${plugin}`;
  return { ...row, reason: [damage, ...(row.reason === undefined ? [] : [row.reason])].join("; ") };
}

/** Whoever uses an installed version keeps it from being removed. */
function addHolders(row: PluginRow): PluginRow {
  const holders = row.path === undefined || row.version === undefined ? [] : readHolders(row.path);
  if (holders.length === 0) return row;
  const reasons = [row.reason, `used by ${formatHolders(holders)}`].filter((reason) => reason !== undefined);
  return { ...row, reason: reasons.join("; ") };
}

/** What `plugin install` would take on this machine. */
async function listLocked(
  { platform }: Machine,
  hardware: Hardware,
  environment: Readonly<Record<string, string>>,
): Promise<Partial<Record<PluginName, LockedPlugin>>> {
  const catalog = openCatalog({ environment });
  const found = PLUGIN_NAMES.map(async (plugin) => {
    const wanted = chooseVariant(plugin, hardware);
    const [first = wanted, ...others] = await catalog.variants(plugin, platform);
    const variant = [first, ...others].find((one) => one === wanted) ?? first;
    return [plugin, await catalog.summary(plugin, platform, variant)] as const;
  });
  const locked: Partial<Record<PluginName, LockedPlugin>> = {};
  for (const [plugin, summary] of await Promise.all(found)) if (summary !== undefined) locked[plugin] = summary;
  return locked;
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
