// Objects that an install uses again are read once more before they become part of a new version: size and mode say nothing
// of bytes that a failing disk or a person changed. What this run fetches itself was verified on its way and is not here.
import { availableParallelism } from "node:os";
import { formatTreePath } from "../catalog/lock.ts";
import type { PluginFile, PluginLock } from "../catalog/lock.ts";
import { hashFiles } from "../store/hash-files.ts";
import { formatObjectName } from "../store/object-store.ts";
import type { ObjectStore } from "../store/object-store.ts";

export interface ObjectDamage {
  /** Tree path. */
  file: string;
  /** In words. */
  found: string;
}

export interface CheckObjectsOptions {
  onDamage?: ((damage: ObjectDamage) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** Under the install lock, before anything is fetched. Damaged objects are gone from the store afterwards. */
export async function checkObjects(
  locks: readonly PluginLock[],
  objects: ObjectStore,
  { onDamage, signal }: CheckObjectsOptions,
): Promise<void> {
  const files = listKept(locks, objects);
  const hashes = await hashFiles(files.map((file) => objects.path(file)), { cores: availableParallelism(), signal });
  for (const [index, file] of files.entries()) {
    const { sha256, problem } = hashes[index] ?? {};
    if (sha256 === file.sha256) continue;
    onDamage?.({ file: formatTreePath(file), found: problem ?? `found sha256 ${sha256}, need ${file.sha256}` });
    await objects.remove(file);
  }
}

/** Each object once, the largest first. */
function listKept(locks: readonly PluginLock[], objects: ObjectStore): PluginFile[] {
  const files = new Map(locks.flatMap(({ wheels }) => wheels).flatMap(({ files: own }) => own.map((file) => [formatObjectName(file), file])));
  return [...files.values()].filter((file) => objects.has(file)).sort((one, other) => other.sizeBytes - one.sizeBytes);
}
