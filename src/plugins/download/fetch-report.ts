// What a download did, counted while it goes on; tells whoever draws progress not more often than can be seen.
import { formatTreePath } from "../catalog/lock.ts";
import type { PluginFile, PluginWheel } from "../catalog/lock.ts";
import type { FetchProgress } from "../install/events.ts";
import { countBytes } from "./plan-items.ts";
import type { DownloadItem, DownloadPlan } from "./plan-items.ts";
import type { SourceIncident } from "./wheel-source.ts";

export interface FetchReport {
  /** That came over the network, what came twice or was wrong included. */
  fetchedBytes: number;
  /** The same by the wheel's file name; those of which nothing came are left out. */
  fetchedOfWheel: ReadonlyMap<string, number>;
  /** That an earlier run had fetched. */
  heldBytes: number;
  /** That were read from folders and bundles of this machine. */
  localBytes: number;
  /** What sources did wrong, in the order of time. */
  incidents: readonly SourceIncident[];
}

const PROGRESS_MS = 100;

export class FetchCounter {
  readonly report = {
    fetchedBytes: 0, heldBytes: 0, localBytes: 0, fetchedOfWheel: new Map<string, number>(), incidents: new Array<SourceIncident>(),
  };
  readonly #done = new Map<DownloadItem, number>();
  readonly #onProgress: ((progress: FetchProgress) => void) | undefined;
  readonly #totalBytes: number;
  #doneBytes = 0;
  #missingBytes: number;
  #toldMs = 0;

  constructor({ items }: DownloadPlan, onProgress: ((progress: FetchProgress) => void) | undefined) {
    this.#onProgress = onProgress;
    this.#totalBytes = items.reduce((sum, item) => sum + countBytes(item), 0);
    this.#missingBytes = items.flatMap(({ files }) => files).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  /** On disk, of the files that are not in the store yet. */
  get missingBytes(): number {
    return this.#missingBytes;
  }

  addFetched({ file }: PluginWheel, count: number): void {
    this.report.fetchedBytes += count;
    this.report.fetchedOfWheel.set(file, (this.report.fetchedOfWheel.get(file) ?? 0) + count);
  }

  addIncident = (incident: SourceIncident): void => void this.report.incidents.push(incident);

  /** So many bytes of the item are here now, or fewer than before: a wrong piece is taken back. */
  move(item: DownloadItem, count: number): void {
    this.#doneBytes += count;
    this.#done.set(item, (this.#done.get(item) ?? 0) + count);
    const nowMs = performance.now();
    if (nowMs - this.#toldMs < PROGRESS_MS && this.#doneBytes < this.#totalBytes) return;
    this.#toldMs = nowMs;
    this.#tell(item);
  }

  markCommitted({ sizeBytes }: PluginFile): void {
    this.#missingBytes -= sizeBytes;
  }

  #tell(item: DownloadItem): void {
    const [file] = item.files;
    if (file === undefined) return;
    this.#onProgress?.({
      file: formatTreePath(file),
      fileDoneBytes: this.#done.get(item) ?? 0,
      fileTotalBytes: countBytes(item),
      doneBytes: this.#doneBytes,
      totalBytes: this.#totalBytes,
    });
  }
}
