// Models in use: tokenizer open and session loaded in the runner, once for the files as they are. A changed file is
// another model; what was loaded before leaves the runner when its last user does. A model that nobody asks for leaves too,
// and so does one whose room another model needs.
import { formatError, TermiteError } from "../../errors.ts";
import type { ModelManifest } from "../../models/manifest.ts";
import { raceAbort } from "../../race-abort.ts";
import type { LoadedSummary, LoadPhase, LoadProgress } from "../embed-request.ts";
import { KeepAlive, SYSTEM_CLOCK, type Clock } from "./keep-alive.ts";
import { openModel, type LoadedModel, type OpenModelOptions } from "./open-model.ts";
import { Room, type ProcessMemory, type RoomLimits, type Tenant } from "./room.ts";

export type { LoadedModel } from "./open-model.ts";

export interface LoadedModelsOptions extends OpenModelOptions {
  /** How long a model stays loaded after its last use, where no request says it; `Infinity`: for ever. */
  keepAliveMs: number;
  /** Absent: no limit. */
  room?: RoomLimits & { memory: ProcessMemory };
  /** Replaced in tests. */
  clock?: Clock;
}

export interface UseOptions {
  signal?: AbortSignal | undefined;
  /** How long the model stays loaded from now on; 0: until nobody uses it. */
  keepAliveMs?: number | undefined;
}

/** Why a model leaves, as the log says it. */
type Reason = "keep_alive" | "its files changed" | "another model needs its room";

interface Entry {
  manifest: ModelManifest;
  loading: Promise<LoadedModel>;
  isLoaded: boolean;
  /** What it waits for; while it is loaded, when that was done. */
  progress: LoadProgress;
  users: number;
  /** Counts up: what was asked for later is the newer state of the files, whichever load ends first. */
  order: number;
  /** Counts up with each use. */
  usedAt: number;
  /** Its files have changed and their new state is loaded. */
  isRetired: boolean;
  /** It takes room; before that, nobody who waits for it is reason enough to call the load off. */
  isAdmitted: boolean;
  callOff: AbortController;
  keepAlive: KeepAlive;
  /** Of one that leaves while it is in use: called when its last user has gone. */
  onUnused: (() => void) | undefined;
}

const NO_LIMIT = {
  maxModels: Infinity,
  maxBytes: Infinity,
  memory: { read: async () => 0, reclaim: async () => false },
};

export class LoadedModels {
  readonly #options: LoadedModelsOptions;
  readonly #clock: Clock;
  readonly #room: Room;
  /** By fingerprint. */
  readonly #entries = new Map<string, Entry>();
  /** What is leaving the runner. At most one by fingerprint: the next waits for it. */
  readonly #leaving = new Map<string, { entry: Entry; gone: Promise<void> }>();
  #lastOrder = 0;
  #isClosed = false;

  constructor(options: LoadedModelsOptions) {
    const { clock = SYSTEM_CLOCK, room = NO_LIMIT, log } = options;
    this.#options = options;
    this.#clock = clock;
    this.#room = new Room({ ...room, clock, log, tenants: () => this.#listTenants() });
  }

  /** True when `use` would not wait. */
  has(manifest: ModelManifest): boolean {
    return this.#entries.get(manifest.fingerprint)?.isLoaded ?? false;
  }

  /**
   * Every model from its first use until it is unloaded, one that leaves as long as it is in use; not the states before a
   * change that are still in use.
   */
  list(): LoadedSummary[] {
    const ids = new Set(Array.from(this.#entries.values(), ({ manifest }) => manifest.id));
    const inUse = Array.from(this.#leaving.values(), ({ entry }) => entry).filter(({ users, manifest }) => users > 0 && !ids.has(manifest.id));
    return [...this.#entries.values(), ...inUse].filter(({ isRetired }) => !isRetired).map(formatSummary);
  }

  /**
   * Calls `task` with the loaded model and keeps it loaded until the task ends. Everyone who waits for one load gets
   * its failure; the next call tries again. Rejects with the signal's reason when it aborts before the model is loaded.
   */
  async use<T>(
    manifest: ModelManifest,
    task: (model: LoadedModel) => Promise<T>,
    { signal, keepAliveMs }: UseOptions = {},
  ): Promise<T> {
    signal?.throwIfAborted();
    const entry = this.#entries.get(manifest.fingerprint) ?? this.#begin(manifest);
    entry.users += 1;
    entry.usedAt = ++this.#lastOrder;
    entry.keepAlive.hold(keepAliveMs);
    if (entry.isRetired) this.#revive(entry);
    try {
      return await task(await raceAbort(entry.loading, signal));
    } finally {
      entry.users -= 1;
      if (entry.users === 0) this.#release(entry);
    }
  }

  /** Has a model leave as soon as nobody uses it, in every state that is loaded. Loads nothing. */
  expire(id: string): void {
    for (const entry of this.#entries.values()) {
      if (entry.manifest.id !== id) continue;
      entry.keepAlive.hold(0);
      if (entry.users === 0) this.#release(entry);
    }
  }

  /** Nothing expires any more: the runner is about to end with all that it holds. What waits for room is told. */
  close(): void {
    this.#isClosed = true;
    this.#room.close();
    for (const { keepAlive, isAdmitted, callOff } of this.#entries.values()) {
      keepAlive.stop();
      if (!isAdmitted) callOff.abort(new TermiteError("draining", "Cannot load model: the server is shutting down"));
    }
  }

  #begin(manifest: ModelManifest): Entry {
    const { fingerprint: key } = manifest;
    const { promise: loading, resolve, reject } = Promise.withResolvers<LoadedModel>();
    const onExpired = (): void => void this.#unload(entry, "keep_alive");
    const order = ++this.#lastOrder;
    const entry: Entry = {
      manifest, loading, order, usedAt: order,
      isLoaded: false, users: 0, isRetired: false, isAdmitted: false,
      progress: { phase: "room", sinceMs: this.#clock.now() },
      callOff: new AbortController(),
      onUnused: undefined,
      keepAlive: new KeepAlive({ ms: this.#options.keepAliveMs, clock: this.#clock, onExpired }),
    };
    this.#entries.set(key, entry);
    loading.then(() => this.#noteLoaded(entry), () => this.#forget(entry));
    this.#load(entry).then(resolve, reject);
    return entry;
  }

  /** After the same state of the files has left, if it is just leaving: both at once would need memory for two. */
  async #load(entry: Entry): Promise<LoadedModel> {
    const { manifest, manifest: { fingerprint: key, id: name, sizeBytes }, callOff: { signal } } = entry;
    await raceAbort(this.#leaving.get(key)?.gone ?? Promise.resolve(), signal);
    const setPhase = (phase: LoadPhase): void => void (entry.progress = { phase, sinceMs: this.#clock.now() });
    const setAdmitted = (isAdmitted: boolean): void => {
      entry.isAdmitted = isAdmitted;
      if (!isAdmitted) setPhase("room");
    };
    return await this.#room.admit({ key, name, sizeBytes, signal, setAdmitted }, {
      load: () => openModel(this.#options, manifest, setPhase),
      unload: () => this.#options.runner.unload(key),
    });
  }

  #noteLoaded(entry: Entry): void {
    entry.isLoaded = true;
    entry.progress = { phase: "programs", sinceMs: this.#clock.now() };
    this.#retireOlder(entry);
    this.#room.noteChange();
  }

  #forget(entry: Entry): void {
    const { manifest: { fingerprint: key }, keepAlive } = entry;
    keepAlive.stop();
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
    this.#room.noteChange();
  }

  #release(entry: Entry): void {
    entry.onUnused?.();
    // Its load failed, it leaves already, or nothing matters any more.
    if (this.#isClosed || this.#entries.get(entry.manifest.fingerprint) !== entry) return;
    if (!entry.isAdmitted) return this.#callOff(entry);
    if (entry.isRetired) void this.#unload(entry, "its files changed");
    else entry.keepAlive.release();
    this.#room.noteChange();
  }

  /** Nobody waits any more for a model that waits for room. */
  #callOff(entry: Entry): void {
    entry.callOff.abort();
    this.#forget(entry);
  }

  #retireOlder(current: Entry): void {
    for (const entry of this.#entries.values()) {
      if (entry.manifest.id !== current.manifest.id || entry.order >= current.order) continue;
      entry.isRetired = true;
      if (entry.users === 0) void this.#unload(entry, "its files changed");
    }
  }

  /** The files are again as they were, before the last user of that state left. */
  #revive(entry: Entry): void {
    entry.isRetired = false;
    entry.order = ++this.#lastOrder;
    this.#retireOlder(entry);
  }

  #listTenants(): Tenant[] {
    const admitted = [...this.#entries.values()].filter(({ isAdmitted }) => isAdmitted).map((entry): Tenant => {
      const state = entry.isLoaded && entry.users === 0 ? "idle" : "busy";
      return { state, usedAt: entry.usedAt, evict: () => this.#unload(entry, "another model needs its room") };
    });
    const leaving = Array.from(this.#leaving.values(), ({ entry, gone }): Tenant => {
      return { state: "leaving", usedAt: entry.usedAt, evict: () => gone };
    });
    return [...admitted, ...leaving];
  }

  /** Nobody new comes to it from now on; whoever asks for it again waits until it has gone. */
  async #unload(entry: Entry, reason: Reason): Promise<void> {
    const { fingerprint: key } = entry.manifest;
    if (this.#entries.get(key) !== entry) return;
    entry.keepAlive.stop();
    this.#entries.delete(key);
    const gone = this.#leave(entry, reason);
    const leaving = { entry, gone };
    this.#leaving.set(key, leaving);
    await gone;
    if (this.#leaving.get(key) === leaving) this.#leaving.delete(key);
    this.#room.noteChange();
  }

  async #leave(entry: Entry, reason: Reason): Promise<void> {
    const { manifest: { id: model, fingerprint: key }, loading, isLoaded, users } = entry;
    if (!isLoaded) await Promise.allSettled([loading]);
    if (users > 0) await new Promise<void>((resolve) => { entry.onUnused = resolve; });
    // Wanted again while its load came to an end. Where room is short it has to wait for some, as everyone.
    if (this.#options.room === undefined && this.#entries.has(key)) return;
    try {
      await this.#options.runner.unload(key);
      this.#options.log.info("model unloaded", { model, reason });
    } catch (error) {
      this.#options.log.warn("cannot unload a model", { model, error: formatError(error) });
    }
    // A tokenizer's memory is native: nothing else tells the collector that it is worth a round (measured: 6 to 9 ms, and
    // `false` frees none of it).
    Bun.gc(true);
  }
}

function formatSummary({ manifest, isLoaded, progress, keepAlive: { expiresAtMs } }: Entry): LoadedSummary {
  return { manifest, isLoaded, progress, expiresAtMs };
}
