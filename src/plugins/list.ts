// The rows of `termite plugin list`: per target what is inside this build, what is on disk, and what this machine could
// have. Pure: hardware and libraries were looked for before. Shows no version and no size that nothing here says.
import { TARGETS } from "../target.ts";
import type { Target } from "../target.ts";
import type { Hardware } from "./detect/hardware.ts";
import type { Platform } from "./detect/platform.ts";
import { resolveSupport } from "./detect/support.ts";
import { SYSTEM_REFUSED } from "./search/places.ts";
import type { FoundLibrary, SearchResult } from "./search/search-result.ts";

/** One element of `plugin list --json`. */
export interface PluginRow {
  name: Target;
  status: "bundled" | "installed" | "outdated" | "available" | "unsupported";
  version?: string;
  /** Of this build's lock; with `outdated` and `available`. */
  availableVersion?: string;
  /** Always there with `unsupported`, and where a library is not the one that was to be expected. */
  reason?: string;
  path?: string;
  /** On disk. */
  sizeBytes?: number;
  downloadBytes?: number;
}

/** A library inside this executable. */
export interface BundledLibrary {
  /** The engine's own: "1.30.0". */
  version: string;
  /** When extracted. */
  sizeBytes?: number;
}

/** What this build's plugin lock says of a target. */
export interface LockedPlugin {
  version: string;
  downloadBytes: number;
  sizeBytes: number;
}

export interface ListPluginsOptions {
  platform: Platform;
  hardware: Hardware;
  /** The walk of every target. */
  searches: readonly SearchResult[];
  bundled: Readonly<Partial<Record<Target, BundledLibrary>>>;
  /** Targets that this build can install. */
  locked: Readonly<Partial<Record<Target, LockedPlugin>>>;
}

/** In the order of preference of the targets. */
export function listPlugins(options: ListPluginsOptions): PluginRow[] {
  return TARGETS.map((name) => {
    const search = options.searches.find(({ target }) => target === name) ?? { target: name, places: [] };
    const { found } = search;
    if (found === undefined) return createMissingRow(search, options);
    return found.origin === "bundled" ? createBundledRow(search, options) : createFoundRow(search, found, options);
  });
}

function createBundledRow(search: SearchResult, { bundled }: ListPluginsOptions): PluginRow {
  const name = search.target;
  return { name, status: "bundled", ...bundled[name], ...joinReasons(explainPassedOver(search)) };
}

/** Installed with a receipt or placed by hand; what the machine lacks for it is said, and it is there all the same. */
function createFoundRow(search: SearchResult, found: FoundLibrary, options: ListPluginsOptions): PluginRow {
  const name = search.target;
  const { version, path, sizeBytes } = found;
  const locked = options.locked[name];
  const isOutdated = found.origin === "installed" && locked !== undefined && locked.version !== version;
  return {
    name,
    status: isOutdated ? "outdated" : "installed",
    ...(version !== undefined && { version }),
    ...(isOutdated && { availableVersion: locked.version, downloadBytes: locked.downloadBytes }),
    ...joinReasons(explainOrigin(search, found), explainReplaced(options.bundled[name]), explainLack(name, options)),
    ...(path !== undefined && { path }),
    ...(sizeBytes !== undefined && { sizeBytes }),
  };
}

function createMissingRow(search: SearchResult, options: ListPluginsOptions): PluginRow {
  const name = search.target;
  const lack = explainLack(name, options);
  const locked = options.locked[name];
  const passedOver = explainPassedOver(search);
  if (lack === undefined && locked !== undefined) {
    const { version, downloadBytes, sizeBytes } = locked;
    const row = { name, availableVersion: version, ...joinReasons(passedOver), sizeBytes, downloadBytes };
    return { ...row, status: "available" };
  }
  const unbuilt = name.endsWith(":cpu") ? "not inside this build" : "this build cannot install plugins";
  return { name, status: "unsupported", ...joinReasons(lack ?? unbuilt, passedOver) };
}

function joinReasons(...reasons: readonly (string | undefined)[]): { reason?: string } {
  const given = reasons.filter((reason) => reason !== undefined);
  return given.length === 0 ? {} : { reason: given.join("; ") };
}

function explainLack(name: Target, { hardware, platform }: ListPluginsOptions): string | undefined {
  return resolveSupport(name, hardware, platform).reason;
}

/** Who put it there, where that was not an install. */
function explainOrigin({ places }: SearchResult, { origin }: FoundLibrary): string | undefined {
  if (origin === "installed" || origin === "bundled") return undefined;
  if (origin === "placed") return "placed by hand";
  const place = places.find(({ outcome }) => outcome === "found")?.name ?? origin;
  return origin === "variable" ? `named by ${place}` : `found through ${place}`;
}

function explainReplaced(bundled: BundledLibrary | undefined): string | undefined {
  return bundled === undefined ? undefined : `used instead of the bundled ${bundled.version}`;
}

/** The first place that has something and does not count: whoever put a library there wants to know why. */
function explainPassedOver({ places }: SearchResult): string | undefined {
  const place = places.find(({ outcome, reason }) => outcome === "passed over" && reason !== SYSTEM_REFUSED);
  return place === undefined ? undefined : `passed over ${place.name}: ${place.reason ?? ""}`;
}
