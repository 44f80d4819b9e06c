// What an install would do, decided before the first byte: what is fetched, what it takes on disk, what stands in the way.
import type { PluginLock } from "../catalog/lock.ts";
import type { MachineFacts } from "../checks/machine-facts.ts";
import { runChecks } from "../checks/run-checks.ts";
import type { InstallPlan, PlannedWheel } from "./events.ts";
import type { HeldBytes } from "./held-bytes.ts";
import { listMissing, sumDisk, sumFetch } from "./missing-files.ts";
import type { ObjectLook } from "./missing-files.ts";

export interface PlanInstallOptions {
  objects: ObjectLook;
  /** What of them an interrupted download left; nothing where it is left out. */
  heldBytes?: HeldBytes;
  facts: MachineFacts;
}

/** One plan a lock. What an earlier one of them fetches is not counted again. */
export function planInstall(locks: readonly PluginLock[], options: PlanInstallOptions): InstallPlan[] {
  const { heldBytes = () => 0 } = options;
  const missing = new Set(listMissing(locks, options.objects).flatMap(({ files }) => files));
  // All of them have to fit, not each alone.
  const wholeBytes = measureDisk([...missing], heldBytes);
  return locks.map((lock) => {
    const wheels = lock.wheels.map(({ file, sizeBytes, files }): PlannedWheel => {
      return { file, sizeBytes, fetchBytes: sumFetch(files.filter((one) => missing.has(one)), heldBytes) };
    });
    const own = lock.wheels.flatMap(({ files }) => files).filter((file) => missing.has(file));
    return {
      name: lock.plugin, version: lock.version, wheels,
      downloadBytes: sumFetch(own, heldBytes), diskBytes: measureDisk(own, heldBytes), freeBytes: options.facts.freeBytes,
      licences: [...new Set(lock.wheels.map(({ licence }) => licence))],
      checks: runChecks(lock, options.facts, wholeBytes),
    };
  });
}

/** The pieces of an open file are kept beside it until it is whole: at most those of the largest, at the very end. */
function measureDisk(files: Parameters<typeof sumDisk>[0], heldBytes: HeldBytes): number {
  const peakBytes = sumDisk(files) + Math.max(0, ...files.map(({ compressedBytes }) => compressedBytes));
  return Math.max(0, peakBytes - files.reduce((sum, file) => sum + heldBytes(file), 0));
}
