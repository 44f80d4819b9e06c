// Reads assets.lock.json: which file of which package goes into the executable, by size and sha256.
import * as v from "valibot";
import type { AssetName } from "../../src/runtime/assets.ts";

const Sha256Schema = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const SizeSchema = v.pipe(v.number(), v.integer(), v.minValue(1));

const PackageSchema = v.variant("source", [
  v.strictObject({ source: v.literal("npm"), name: v.string(), version: v.string(), licence: v.string() }),
  v.strictObject({
    source: v.literal("wheel"),
    name: v.string(),
    version: v.string(),
    licence: v.string(),
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
  name: v.picklist(["libonnxruntime", "tokenizers", "default-model"] satisfies AssetName[]),
  version: v.string(),
  /** Present: the asset is its one entry. Absent: a tar of all entries. */
  fileName: v.optional(v.string()),
  entries: v.pipe(v.array(EntrySchema), v.minLength(1)),
});
const AssetLockSchema = v.strictObject({
  platform: v.string(),
  packages: v.array(PackageSchema),
  assets: v.array(AssetSchema),
});

export type AssetLock = v.InferOutput<typeof AssetLockSchema>;
export type LockedPackage = AssetLock["packages"][number];
export type LockedWheel = Extract<LockedPackage, { source: "wheel" }>;
export type LockedAsset = AssetLock["assets"][number];
export type LockedEntry = LockedAsset["entries"][number];

export async function readAssetLock(path: string): Promise<AssetLock> {
  return v.parse(AssetLockSchema, await Bun.file(path).json());
}

export function resolvePackage(lock: AssetLock, name: string): LockedPackage {
  const found = lock.packages.find((locked) => locked.name === name);
  if (found === undefined) throw new Error(`Cannot read assets.lock.json: package "${name}" is used and not listed`);
  return found;
}
