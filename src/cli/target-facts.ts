// What this machine says of each target, looked up once: hardware, platform, where an engine's library lies, and whether
// this build still accepts the version that is installed.
import { openCatalog } from "../plugins/catalog/catalog.ts";
import type { Catalog } from "../plugins/catalog/catalog.ts";
import { PLUGIN_NAMES } from "../plugins/catalog/lock.ts";
import type { Hardware } from "../plugins/detect/hardware.ts";
import { resolveSupport } from "../plugins/detect/support.ts";
import type { SearchResult } from "../plugins/search/search-result.ts";
import { TARGETS } from "../target.ts";
import type { Target } from "../target.ts";
import type { Machine } from "./machine.ts";
import type { TargetFacts } from "./target.ts";

export type ReadTargetFacts = (target: Target) => TargetFacts;

export interface TargetFactsOptions {
  machine: Pick<Machine, "platform" | "search">;
  hardware: Hardware;
  environment: Readonly<Record<string, string>>;
}

/** Reads a lock of the executable only for a plugin that is installed. */
export async function readTargetFacts({ machine, hardware, environment }: TargetFactsOptions): Promise<ReadTargetFacts> {
  const catalog = openCatalog({ environment });
  const read = async (target: Target): Promise<[Target, TargetFacts]> => {
    const search = machine.search(target);
    const unaccepted = await findUnaccepted(search, catalog, machine.platform);
    const support = resolveSupport(target, hardware, machine.platform);
    return [target, { support, search, ...(unaccepted !== undefined && { unaccepted }) }];
  };
  const known = new Map(await Promise.all(TARGETS.map(read)));
  return (target) => known.get(target) ?? { support: { isSupported: false }, search: { target, places: [] } };
}

/** The installed version, where the lock of this build names neither it nor one that may keep serving. */
export async function findUnaccepted(
  { target, found }: SearchResult,
  catalog: Catalog,
  platform: Machine["platform"],
): Promise<string | undefined> {
  const plugin = PLUGIN_NAMES.find((name) => name === target);
  const version = found?.origin === "installed" ? found.version : undefined;
  if (plugin === undefined || version === undefined) return undefined;
  const locks = await catalog.list(plugin, platform);
  const isAccepted = locks.some((lock) => lock.version === version || lock.accepts.includes(version));
  return isAccepted ? undefined : version;
}
