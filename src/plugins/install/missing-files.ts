// What of a plugin's files is not in the object store yet. Pure but for the look into it.
import type { PluginFile, PluginLock, PluginWheel } from "../catalog/lock.ts";
import type { HeldBytes } from "./held-bytes.ts";

/** Of the object store: whether a file with these bytes and this mode is there. */
export interface ObjectLook {
  has(file: Pick<PluginFile, "sha256" | "sizeBytes" | "mode">): boolean;
}

/**
 * Wheels with those of their files that are missing, in the locks' order, each content once: what two plugins share is
 * fetched once.
 */
export function listMissing(locks: readonly PluginLock[], objects: ObjectLook): PluginWheel[] {
  const taken = new Set<string>();
  return locks.flatMap(({ wheels }) => wheels).flatMap((wheel) => {
    const files = wheel.files.filter((file) => isNew(file, taken) && !objects.has(file));
    return files.length === 0 ? [] : [{ ...wheel, files }];
  });
}

function isNew({ sha256, mode }: PluginFile, taken: Set<string>): boolean {
  const key = `${sha256} ${mode}`;
  if (taken.has(key)) return false;
  taken.add(key);
  return true;
}

export function sumFetch(files: readonly PluginFile[], heldBytes: HeldBytes): number {
  return files.reduce((sum, file) => sum + file.compressedBytes - heldBytes(file), 0);
}

export function sumDisk(files: readonly PluginFile[]): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
