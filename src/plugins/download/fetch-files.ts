// Locked files of wheels to objects of the store: exact ranges over several connections, every piece verified before it is
// inflated, straight onto the file system of the store, resumable at any moment.
import { hasErrorCode, TermiteError } from "../../errors.ts";
import { formatBytes } from "../../format-bytes.ts";
import { raceAbort } from "../../race-abort.ts";
import type { PluginFile, PluginWheel } from "../catalog/lock.ts";
import type { FetchProgress } from "../install/events.ts";
import { readFreeBytes } from "../store/free-space.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { createBell } from "./bell.ts";
import { DownloadQueue } from "./download-queue.ts";
import { FetchLoop } from "./fetch-loop.ts";
import { FetchCounter } from "./fetch-report.ts";
import type { FetchReport } from "./fetch-report.ts";
import { PartialFolder } from "./partial-folder.ts";
import { planItems } from "./plan-items.ts";
import type { DownloadPlan } from "./plan-items.ts";
import { UnpackLoop } from "./unpack-loop.ts";
import { openUnpackPool } from "./unpack-pool.ts";
import type { UnpackPool } from "./unpack-pool.ts";
import type { WheelSource } from "./wheel-source.ts";
import { WheelSupply } from "./wheel-supply.ts";

/** At once, over all sources: hosts of files give each connection its share. */
const CONNECTIONS = 16;

export interface FetchFilesOptions {
  /** Only with the files that are still missing. */
  wheels: readonly PluginWheel[];
  /** Asked in turn for each wheel. */
  sources: readonly WheelSource[];
  objects: Pick<ObjectStore, "commit">;
  /** On the file system of `objects`, nobody else's meanwhile; made where it is not there. */
  partialFolder: string;
  /** Tree path of the file that is wanted before all others. */
  first?: string | undefined;
  /** It is in the store. When it throws, the download ends with that error. */
  onFile?: ((file: PluginFile) => Promise<void> | void) | undefined;
  onProgress?: ((progress: FetchProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
  offline?: boolean | undefined;
}

/**
 * Throws `download_failed`, `package_not_found`, `index_unavailable`, `hash_mismatch`, `offline` when no source is left for
 * a wheel; `disk_full`; the reason of `signal`; what the system says. What arrived stays for the next run.
 */
export async function fetchFiles(options: FetchFilesOptions): Promise<FetchReport> {
  const { wheels, first, partialFolder, signal, onProgress } = options;
  signal?.throwIfAborted();
  const plan = planItems(wheels, first);
  const counter = new FetchCounter(plan, onProgress);
  if (plan.items.length === 0) return counter.report;
  try {
    const partials = new PartialFolder(partialFolder, plan.items.flatMap(({ segments }) => segments));
    using pool = openUnpackPool();
    await runLoops(options, { plan, counter, partials, pool }).finally(() => partials.removeFree());
  } catch (error) {
    throw await resolveFull(error, partialFolder, counter.missingBytes);
  }
  return counter.report;
}

interface LoopParts {
  plan: DownloadPlan;
  counter: FetchCounter;
  partials: PartialFolder;
  pool: UnpackPool;
}

async function runLoops(options: FetchFilesOptions, parts: LoopParts): Promise<void> {
  const { plan, counter, partials, pool } = parts;
  const ending = new AbortController();
  const signal = options.signal === undefined ? ending.signal : AbortSignal.any([options.signal, ending.signal]);
  const queue = new DownloadQueue(plan.items, pool.unpackers.length);
  const shared = {
    queue, counter, signal, partials, bell: createBell(),
    supplies: createSupplies(options, counter, signal),
  };
  const fetching = new FetchLoop(shared);
  const unpacking = new UnpackLoop({ ...shared, objects: options.objects, onFile: options.onFile, twins: plan.twins });
  const connections = Array.from({ length: CONNECTIONS }, () => fetching.run());
  const workers = pool.unpackers.map((unpacker) => unpacking.run(unpacker));
  try {
    const all = Promise.all([...connections, ...workers]).then(() => unpacking.finish());
    await raceAbort(Promise.race([all, unpacking.failed]), signal);
  } catch (error) {
    ending.abort(error);
    shared.bell.ring();
    await Promise.allSettled(connections);
    throw error;
  }
}

function createSupplies({ wheels, sources, offline }: FetchFilesOptions, counter: FetchCounter, signal: AbortSignal) {
  const options = { sources, offline, signal, onIncident: counter.addIncident };
  return new Map(wheels.map((wheel) => [wheel.file, new WheelSupply(wheel, options)]));
}

/** `missingBytes`: of files that are not in the store yet. */
async function resolveFull(error: unknown, folder: string, missingBytes: number): Promise<unknown> {
  if (error instanceof TermiteError || !hasErrorCode(error, ["ENOSPC", "EDQUOT"])) return error;
  const freeBytes = await readFreeBytes(folder);
  const message = `Cannot write to "${folder}": found ${formatBytes(freeBytes)} free, need ${formatBytes(missingBytes)} more`;
  return new TermiteError("disk_full", message, {
    hint: "Free some space (termite plugin gc removes what no plugin uses), or set plugins_dir to another file system",
    cause: error,
    details: { neededBytes: missingBytes, freeBytes },
  });
}
