// Which plugins this build can install: the locks inside the executable, or those that TERMITE_PLUGIN_LOCK names instead.
// Opening it reads nothing; one lock is loaded when one is asked for.
import { TermiteError } from "../../errors.ts";
import { compareVersions } from "../../version-order.ts";
import { COMPILED_LOCKS } from "./compiled-locks.ts";
import type { CompiledLock } from "./compiled-locks.ts";
import type { PluginLock, PluginName } from "./lock.ts";
import { readLockFiles } from "./lock-files.ts";
import { parsePluginLock } from "./parse-lock.ts";

/** Its file or folder replaces the locks inside the executable: for tests, benches and people who make their own. */
export const LOCK_VARIABLE = "TERMITE_PLUGIN_LOCK";

export type PluginVariant = PluginLock["variant"];

/** `process.platform` and `process.arch`, so that a `Platform` of detection fits. */
export interface LockPlatform {
  os: string;
  arch: string;
}

export interface LockQuery {
  plugin: PluginName;
  /** Exactly; the newest where it is left out. */
  version?: string | undefined;
  variant: PluginVariant;
  platform: LockPlatform;
}

export interface PluginSummary {
  version: string;
  variant: PluginVariant;
  accepts: readonly string[];
  /** Of the compressed bytes of what an install keeps. */
  downloadBytes: number;
  /** On disk. */
  sizeBytes: number;
}

export interface Catalog {
  /** What TERMITE_PLUGIN_LOCK names. A caller tells people that it counts. */
  readonly replacedBy: string | undefined;
  /** Throws `unknown_plugin` with the versions that there are, `plugin_refused` where there is none for the platform. */
  find(query: LockQuery): Promise<PluginLock>;
  /** Newest first, those of every variant; empty where nothing is locked for the platform. */
  versions(plugin: PluginName, platform: LockPlatform): Promise<readonly string[]>;
  /** Variants that are locked for the platform, the newer CUDA major first. */
  variants(plugin: PluginName, platform: LockPlatform): Promise<readonly PluginVariant[]>;
  /** Of the newest version. */
  summary(plugin: PluginName, platform: LockPlatform, variant: PluginVariant): Promise<PluginSummary | undefined>;
  /** All of the platform, newest version first within a variant. */
  list(plugin: PluginName, platform: LockPlatform): Promise<readonly PluginLock[]>;
}

export interface OpenCatalogOptions {
  environment: Readonly<Record<string, string | undefined>>;
}

type ReadLocks = (plugin: PluginName, platform: LockPlatform) => Promise<readonly PluginLock[]>;

export function openCatalog({ environment }: OpenCatalogOptions): Catalog {
  const replacedBy = environment[LOCK_VARIABLE] || undefined;
  const read = replacedBy === undefined ? createCompiledReader() : createFileReader(replacedBy);
  const list: ReadLocks = async (plugin, platform) => orderLocks(await read(plugin, platform));
  return {
    replacedBy,
    list,
    find: async (query) => selectLock(query, await list(query.plugin, query.platform)),
    versions: async (plugin, platform) => {
      const versions = (await list(plugin, platform)).map(({ version }) => version);
      return [...new Set(versions)].sort((left, right) => compareVersions(right, left));
    },
    variants: async (plugin, platform) => [...new Set((await list(plugin, platform)).map(({ variant }) => variant))],
    summary: async (plugin, platform, variant) => {
      const lock = (await list(plugin, platform)).find((candidate) => candidate.variant === variant);
      return lock && summarizeLock(lock);
    },
  };
}

/** What an install of it fetches and keeps. */
export function summarizeLock({ version, variant, accepts, wheels }: PluginLock): PluginSummary {
  const files = wheels.flatMap((wheel) => wheel.files);
  // Two paths of one content are fetched and kept once.
  const contents = [...new Map(files.map((file) => [`${file.sha256} ${file.mode}`, file])).values()];
  return {
    version,
    variant,
    accepts,
    downloadBytes: contents.reduce((sum, file) => sum + file.compressedBytes, 0),
    sizeBytes: contents.reduce((sum, file) => sum + file.sizeBytes, 0),
  };
}

function createCompiledReader(): ReadLocks {
  const held = new Map<CompiledLock, Promise<PluginLock>>();
  const load = (row: CompiledLock): Promise<PluginLock> => {
    const lock = held.get(row) ?? row.load().then((module) => parsePluginLock(row.file, module.default));
    held.set(row, lock);
    return lock;
  };
  return (plugin, { os, arch }) => {
    const rows = COMPILED_LOCKS.filter((row) => os === "linux" && row.plugin === plugin && row.arch === arch);
    return Promise.all(rows.map(load));
  };
}

function createFileReader(path: string): ReadLocks {
  let held: Promise<readonly PluginLock[]> | undefined;
  return async (plugin, { os, arch }) => {
    held ??= readLockFiles(path);
    return (await held).filter(({ plugin: name, platform }) => {
      return name === plugin && platform.os === os && platform.arch === arch;
    });
  };
}

const VARIANTS: readonly PluginVariant[] = ["cuda13", "cuda12", "tpu"];

function orderLocks(locks: readonly PluginLock[]): PluginLock[] {
  return [...locks].sort((left, right) => {
    const byVariant = VARIANTS.indexOf(left.variant) - VARIANTS.indexOf(right.variant);
    return byVariant === 0 ? compareVersions(right.version, left.version) : byVariant;
  });
}

function selectLock(query: LockQuery, locks: readonly PluginLock[]): PluginLock {
  const { plugin, version, variant, platform } = query;
  const ofVariant = locks.filter((lock) => lock.variant === variant);
  const found = ofVariant.find((lock) => version === undefined || lock.version === version);
  if (found !== undefined) return found;
  if (ofVariant.length === 0) {
    const found = `this build has none for "${platform.os}-${platform.arch}" and "${variant}"`;
    throw new TermiteError("plugin_refused", `Cannot install "${plugin}": ${found}`, { hint: "termite plugin list" });
  }
  const known = ofVariant.map((lock) => `"${lock.version}"`).join(", ");
  throw new TermiteError("unknown_plugin", `Cannot install "${plugin}@${version}": this build knows ${known}`, {
    hint: `termite plugin install ${plugin}`,
  });
}
