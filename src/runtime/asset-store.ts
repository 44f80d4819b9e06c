// Gives paths on disk for the assets inside the executable, extracting each on first use (in a child process).
import { raceAbort } from "../race-abort.ts";
import type { AssetInfo, AssetName, AssetState, AssetStore } from "./assets.ts";
import { readBuildInfo } from "./build-info.ts";
import { createMissing, extractInChild } from "./extract-child.ts";
import { createUnreadable, resolveFileError } from "./file-errors.ts";
import { isLibrary, resolveAssetFolder, resolveAssetPath, resolveRuntimeFolder } from "./layout.ts";
import { checkExecutable } from "./mount.ts";
import { inspectExtracted, isExtracted } from "./receipt.ts";
import { maintainRuntime } from "./unused.ts";

export interface AssetStoreOptions {
  /** Absolute path of the home folder; created when the first asset is extracted. */
  home: string;
  /** Starts this program as `__extract`; the asset's name and the home are appended. */
  command: readonly string[];
  /** Environment of that child. */
  environment: Readonly<Record<string, string>>;
  /** When it aborts, what runs rejects, and children are killed and what they were writing is removed before that. */
  signal?: AbortSignal;
  /** The assets there are; by default those inside this executable. */
  assets?: readonly AssetInfo[];
}

export function createAssetStore({ assets = readBuildInfo().assets, ...options }: AssetStoreOptions): AssetStore {
  const paths = new Map<AssetName, Promise<string>>();
  const keep = new Set(assets.map(({ sha256 }) => sha256));
  const info = (name: AssetName) => resolveInfo(assets, name);

  return {
    info,
    path(name) {
      const known = paths.get(name) ?? openAsset(info(name), keep, options);
      paths.set(name, known);
      // A failure is not remembered: the disk may have been freed since.
      known.catch(() => paths.delete(name));
      return known;
    },
    inspect: (name) => raceAbort(inspectAsset(info(name), options.home), options.signal),
    repair: (name) => repairAsset(info(name), options),
  };
}

type OpenOptions = Omit<AssetStoreOptions, "assets">;

function resolveInfo(assets: readonly AssetInfo[], name: AssetName): AssetInfo {
  const found = assets.find((asset) => asset.name === name);
  if (found === undefined) throw createMissing(name);
  return found;
}

async function openAsset(info: AssetInfo, keep: ReadonlySet<string>, options: OpenOptions): Promise<string> {
  const { home, signal } = options;
  const folder = resolveRuntimeFolder(home);
  try {
    if (isLibrary(info)) await checkExecutable(folder, info.name);
    const isThere = isExtracted(resolveAssetFolder(home, info), info, { byHash: false });
    if (!(await raceAbort(isThere, signal))) await extractInChild({ info, ...options });
    await maintainRuntime(folder, info.sha256, keep);
    return resolveAssetPath(home, info);
  } catch (error) {
    throw await resolveFileError(error, { name: info.name, folder, neededBytes: info.sizeBytes });
  }
}

async function inspectAsset(info: AssetInfo, home: string): Promise<AssetState> {
  const folder = resolveAssetFolder(home, info);
  try {
    return await inspectExtracted(folder, info);
  } catch (error) {
    throw createUnreadable(error, folder);
  }
}

async function repairAsset(info: AssetInfo, options: OpenOptions): Promise<boolean> {
  const { home, signal } = options;
  const folder = resolveRuntimeFolder(home);
  try {
    const isWhole = isExtracted(resolveAssetFolder(home, info), info, { byHash: true });
    if (await raceAbort(isWhole, signal)) return false;
    await extractInChild({ info, ...options });
    return true;
  } catch (error) {
    throw await resolveFileError(error, { name: info.name, folder, neededBytes: info.sizeBytes });
  }
}
