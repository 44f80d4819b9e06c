// What one Worker is kept busy with: an item after the other, segment by segment, and its files into the store.
import { randomUUID } from "node:crypto";
import { TermiteError } from "../../errors.ts";
import type { PluginFile } from "../catalog/lock.ts";
import { formatObjectName } from "../store/object-store.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { Bell } from "./bell.ts";
import type { DownloadQueue, QueuedItem, ReadySegment, Unit } from "./download-queue.ts";
import type { FetchCounter } from "./fetch-report.ts";
import type { PartialFolder } from "./partial-folder.ts";
import type { Twins } from "./plan-items.ts";
import type { Unpacker } from "./unpack-pool.ts";
import type { UnpackResult, UnpackStep } from "./unpack-protocol.ts";
import type { WheelSupply } from "./wheel-supply.ts";

/** Files on their way into the store at once: their `fsync`s are one for the disk. */
const MOST_COMMITS = 16;

const ANOTHER_SOURCE = "What lies between may change bytes: try another network, or name a mirror in plugins.mirrors";

export interface UnpackLoopOptions {
  queue: DownloadQueue;
  supplies: ReadonlyMap<string, WheelSupply>;
  counter: FetchCounter;
  twins: Twins;
  partials: PartialFolder;
  objects: Pick<ObjectStore, "commit">;
  onFile: ((file: PluginFile) => Promise<void> | void) | undefined;
  bell: Bell;
  signal: AbortSignal;
}

export class UnpackLoop {
  readonly #options: UnpackLoopOptions;
  readonly #commits = new Set<Promise<void>>();
  readonly #failure = Promise.withResolvers<never>();
  /** In the names of part files: a Worker of a run that was ended may still write its own. */
  readonly #run = randomUUID();

  constructor(options: UnpackLoopOptions) {
    this.#options = options;
  }

  /** Call it for every Worker. */
  async run(unpacker: Unpacker): Promise<void> {
    const { queue, bell, signal } = this.#options;
    while (!queue.isDone) {
      signal.throwIfAborted();
      const queued = queue.takeUnpackable();
      if (queued === undefined) await bell.wait();
      else await this.#unpackItem(unpacker, queued);
    }
  }

  /** Rejects when something cannot be taken into the store; never resolves. */
  get failed(): Promise<never> {
    return this.#failure.promise;
  }

  /** Resolves when all that was unpacked is in the store. */
  async finish(): Promise<void> {
    while (this.#commits.size > 0) await Promise.all(this.#commits);
  }

  async #unpackItem(unpacker: Unpacker, queued: QueuedItem): Promise<void> {
    const { segments, files } = queued.item;
    for (const [index, segment] of segments.entries()) {
      await this.#unpackSegment(unpacker, { queued, index, segment });
      // Of several files in one segment each was committed when it was unpacked.
      if (index === segments.length - 1 && files.length === 1) await this.#commit(files, segments.map(({ name }) => name));
    }
    this.#options.queue.markItemUnpacked();
    this.#options.bell.ring();
  }

  /** Until all of it is unpacked: what is wrong is fetched again. */
  async #unpackSegment(unpacker: Unpacker, unit: Unit): Promise<void> {
    const { item } = unit.queued;
    const isJoined = item.files.length > 1;
    let left = item.files;
    while (left.length > 0) {
      const ready = await this.#waitReady(unit);
      const results = await unpacker.unpack({ steps: left.map((file) => this.#createStep(file, unit, ready)) });
      const doneCount = results.filter(({ kind }) => kind === "unpacked").length;
      const isWhole = doneCount === left.length;
      if (isJoined) await this.#commit(left.slice(0, doneCount), isWhole ? [unit.segment.name] : []);
      left = left.slice(doneCount);
      const [file] = left;
      if (file !== undefined) this.#takeBack(unit, { ready, file, result: results[doneCount] });
    }
    this.#options.queue.markUnpacked(unit);
    this.#options.bell.ring();
  }

  #createStep(file: PluginFile, { queued, index, segment }: Unit, { place }: ReadySegment): UnpackStep {
    const offset = queued.item.files.length === 1 ? 0 : file.dataOffset - segment.start;
    const { path, method, sizeBytes, compressedBytes, crc32, pieces } = file;
    return {
      file: { path, method, sizeBytes, compressedBytes, crc32, pieces },
      partFile: this.#resolvePart(file),
      index,
      place: { path: place.path, offset: place.offset + offset },
    };
  }

  async #waitReady({ queued, index }: Unit): Promise<ReadySegment> {
    const { bell, signal } = this.#options;
    for (;;) {
      signal.throwIfAborted();
      const ready = queued.ready.get(index);
      if (ready !== undefined) return ready;
      await bell.wait();
    }
  }

  /** A wrong piece is removed and wanted again; where one source alone is to blame, it is told so. */
  #takeBack(unit: Unit, wrong: { ready: ReadySegment; file: PluginFile; result: UnpackResult | undefined }): void {
    const { queued: { item }, segment } = unit;
    const { ready, file, result } = wrong;
    const { queue, counter, supplies, bell, partials } = this.#options;
    if (result?.kind !== "wrong") throw createUnpackError(item.wheel.file, file.path, result);
    counter.move(item, segment.start - segment.end);
    partials.release(segment.name);
    queue.putBack(unit);
    if (ready.turn !== undefined) {
      const message = `Cannot use "${item.wheel.file}": piece ${unit.index + 1} of "${file.path}" has ${result.found}`;
      supplies.get(item.wheel.file)?.leaveAtSecond(segment.name, ready.turn, new TermiteError("hash_mismatch", message, { hint: ANOTHER_SOURCE }));
    }
    bell.ring();
  }

  /** In the background, as long as not too many are. `partialNames`: no longer needed when all `files` are in the store. */
  async #commit(files: readonly PluginFile[], partialNames: readonly string[]): Promise<void> {
    const committed: Promise<void>[] = [];
    for (const file of files) {
      while (this.#commits.size >= MOST_COMMITS) await Promise.race(this.#commits);
      committed.push(this.#track(this.#commitFile(file)));
    }
    if (partialNames.length > 0) void this.#track(Promise.all(committed).then(() => this.#release(partialNames)));
  }

  async #commitFile(file: PluginFile): Promise<void> {
    const { objects, onFile, twins, counter } = this.#options;
    await objects.commit(this.#resolvePart(file), file);
    counter.markCommitted(file);
    for (const twin of twins.get(formatObjectName(file)) ?? []) await onFile?.(twin);
  }

  #release(names: readonly string[]): void {
    for (const name of names) this.#options.partials.release(name);
  }

  #track(work: Promise<void>): Promise<void> {
    this.#commits.add(work);
    void work.then(() => this.#commits.delete(work), this.#failure.reject);
    return work;
  }

  #resolvePart(file: PluginFile): string {
    return this.#options.partials.resolvePath(`${formatObjectName(file)}.${this.#run}.part`);
  }
}

function createUnpackError(wheel: string, path: string, result: UnpackResult | undefined): Error {
  if (result?.kind === "failed") return Object.assign(new Error(result.message), { code: result.code });
  const found = result?.kind === "invalid" ? result.found : "no result";
  return new TermiteError("invalid_plugin_lock", `Cannot unpack "${path}" of "${wheel}": ${found}`, {
    hint: "Use another version: this one's lock does not fit its wheels",
  });
}
