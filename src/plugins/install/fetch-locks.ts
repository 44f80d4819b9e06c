// Fetches what several plugins lack in one go, their libraries first, and asks each library what it is while the rest is
// still on its way.
import { formatTreePath } from "../catalog/lock.ts";
import type { PluginFile, PluginLock, PluginWheel } from "../catalog/lock.ts";
import { fetchFiles } from "../download/fetch-files.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { resolveStorePaths } from "../store/paths.ts";
import { importLocks } from "./import-locks.ts";
import { checkAbi } from "./check-abi.ts";
import type { InstallPluginsOptions } from "./install-options.ts";

export interface FetchLocksNeeds {
  objects: ObjectStore;
  /** Only with files that are missing. */
  wheels: readonly PluginWheel[];
}

export interface FetchedLocks {
  /** What each plugin library said of itself: "PJRT 0.116". */
  abi: ReadonlyMap<PluginLock, string>;
  /** That came over the network in this run; what two plugins share is the first one's. */
  bytes: ReadonlyMap<PluginLock, number>;
  /** Name of the source that was asked first; absent where nothing had to be fetched. */
  origin: string | undefined;
}

/** Resolves when every file of every lock is an object. The first library that is not right ends the download. */
export async function fetchLocks(
  locks: readonly PluginLock[],
  needs: FetchLocksNeeds,
  options: InstallPluginsOptions,
): Promise<FetchedLocks> {
  const abi = new Map<PluginLock, string>();
  const owners = findOwners(locks);
  const checkLibrary = async (lock: PluginLock): Promise<void> => {
    const path = needs.objects.path(findLibrary(lock));
    abi.set(lock, await checkAbi(lock, path, options.machine.probe));
  };
  // What is there already is asked before anything else is fetched.
  for (const lock of locks) if (needs.objects.has(findLibrary(lock))) await checkLibrary(lock);
  const onFile = async (file: PluginFile): Promise<void> => {
    const lock = owners.get(file.sha256);
    if (lock === undefined) return;
    const { plugin } = lock;
    options.onEvent?.({ event: "verified", plugin, file: formatTreePath(file), sha256: file.sha256 });
    for (const one of locks) if (!abi.has(one) && findLibrary(one).sha256 === file.sha256) await checkLibrary(one);
  };
  if (needs.wheels.length === 0) return { abi, bytes: new Map(), origin: undefined };
  const { bundle } = options;
  if (bundle === undefined) return { abi, ...(await fetchWheels(locks, { ...needs, onFile }, options)) };
  return { abi, bytes: new Map(), origin: await importLocks(locks, bundle, { objects: needs.objects, onFile, options }) };
}

interface FetchWheelsNeeds extends FetchLocksNeeds {
  onFile(file: PluginFile): Promise<void>;
}

async function fetchWheels(
  locks: readonly PluginLock[],
  { wheels, objects, onFile }: FetchWheelsNeeds,
  options: InstallPluginsOptions,
): Promise<Pick<FetchedLocks, "bytes" | "origin">> {
  const sources = await options.openSources();
  const { machine, onEvent, offline, signal } = options;
  const paths = new Map(locks.flatMap((lock) => listFiles(lock).map((file) => [formatTreePath(file), lock.plugin])));
  const report = await fetchFiles({
    wheels, objects, onFile, sources,
    partialFolder: resolveStorePaths(machine.pluginsDir).partial,
    first: locks[0]?.library,
    onProgress: (progress) => {
      const plugin = paths.get(progress.file) ?? locks[0]?.plugin;
      if (plugin !== undefined) onEvent?.({ event: "progress", plugin, ...progress });
    },
    offline,
    signal,
  });
  for (const incident of report.incidents) options.onIncident?.(incident);
  return { bytes: countBytes(locks, report.fetchedOfWheel), origin: sources[0]?.name };
}

function countBytes(locks: readonly PluginLock[], fetchedOfWheel: ReadonlyMap<string, number>): Map<PluginLock, number> {
  const bytes = new Map<PluginLock, number>();
  for (const [wheel, count] of fetchedOfWheel) {
    const lock = locks.find(({ wheels }) => wheels.some(({ file }) => file === wheel));
    if (lock !== undefined) bytes.set(lock, (bytes.get(lock) ?? 0) + count);
  }
  return bytes;
}

/** By sha256; a file that two plugins share is the first one's. */
function findOwners(locks: readonly PluginLock[]): ReadonlyMap<string, PluginLock> {
  return new Map(locks.toReversed().flatMap((lock) => listFiles(lock).map((file) => [file.sha256, lock])));
}

function listFiles({ wheels }: PluginLock): PluginFile[] {
  return wheels.flatMap(({ files }) => files);
}

function findLibrary(lock: PluginLock): PluginFile {
  const file = listFiles(lock).find((one) => formatTreePath(one) === lock.library);
  if (file === undefined) throw new TypeError(`Cannot find the library "${lock.library}" in its own lock`);
  return file;
}
