// Room for loaded models: one line for all loads, and one order in which models leave, whatever target has them. Decides
// who leaves and who waits; loading and unloading are its caller's.
import { formatError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { raceAbort } from "../../race-abort.ts";
import type { Clock } from "./keep-alive.ts";
import { createMisfit, estimateLoadBytes } from "./load-size.ts";
import { createTimer } from "./timer.ts";

/** What our processes take: `max_memory_mb` is held against what they really have, not against a sum of estimates. */
export interface ProcessMemory {
  /** Resident bytes of the server and its runners together, asked now. */
  read(): Promise<number>;
  /** Has the largest runner begin anew once its runs in flight have ended; false where that was done lately. */
  reclaim(): Promise<boolean>;
}

export interface RoomLimits {
  /** Models that are loaded, on their way in or on their way out; `Infinity`: no limit. */
  maxModels: number;
  /** `Infinity`: no limit. */
  maxBytes: number;
}

/** A model that takes room. */
export interface Tenant {
  /** "leaving": nobody new is let in, and it is gone as soon as nobody uses it any more. */
  state: "idle" | "busy" | "leaving";
  /** Grows with each use. */
  usedAt: number;
  /** Has it leave; resolves when its memory is given back. */
  evict(): Promise<void>;
}

export interface RoomOptions extends RoomLimits {
  memory: ProcessMemory;
  /** All but those that still wait for room. */
  tenants: () => readonly Tenant[];
  clock: Clock;
  log: Log;
}

export interface Wish {
  /** Of the model's files. */
  key: string;
  name: string;
  /** Of the graph and its external data. */
  sizeBytes: number;
  /** Aborts when nobody wants the model any more. */
  signal: AbortSignal;
  /** Called when there is room (a tenant from now on), and when it turned out that there was not. */
  setAdmitted: (isAdmitted: boolean) => void;
}

export interface LoadSteps<T> {
  load: () => Promise<T>;
  /** Undoes a load that took more than there was. */
  unload: () => Promise<void>;
}

/**
 * A load that finds every model in use waits so long for one that is not; then the one that was used longest ago takes no new
 * requests: those wait behind the load. Without it a model that is always in use would keep all others out; shorter, two
 * models that take turns would be loaded more than they are used (a load takes 0.1 to 2 s).
 */
const PATIENCE_MS = 2000;
/** As often as runners tell their figures by themselves. */
const CHECK_MS = 5000;
/** A load that took more than was thought is tried once more, with what it really takes. */
const MOST_LOADS = 2;

export class Room {
  readonly #options: RoomOptions;
  /** What loads turned out to take, by key. */
  readonly #learned = new Map<string, number>();
  #line: Promise<void> = Promise.resolve();
  #changed = Promise.withResolvers<void>();
  /** What our processes took when they last had no model. At a server's start a runner may still be missing in it. */
  #baseBytes = Infinity;
  #stopTimer: (() => void) | undefined;
  #isLoading = false;

  constructor(options: RoomOptions) {
    this.#options = options;
    if (options.maxBytes !== Infinity) this.#planCheck();
  }

  /**
   * Loads when there is room and whoever came before has it. Rejects with `model_load_failed` where there will never be room,
   * and with the signal's reason. Under a memory limit models load one by one, because what each takes is measured.
   */
  async admit<T>(wish: Wish, steps: LoadSteps<T>): Promise<T> {
    const { maxModels, maxBytes } = this.#options;
    if (maxModels === Infinity && maxBytes === Infinity) {
      wish.setAdmitted(true);
      return await steps.load();
    }
    const line = this.#joinLine();
    try {
      await raceAbort(line.isFirst, wish.signal);
      return await this.#loadInTurn(wish, steps, line.leave);
    } finally {
      line.leave();
    }
  }

  /** To be called whenever a model is not used any more, or has gone. */
  noteChange(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  /** Nothing is looked after any more. */
  close(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #joinLine(): { isFirst: Promise<void>; leave: () => void } {
    const isFirst = this.#line;
    const { promise, resolve: leave } = Promise.withResolvers<void>();
    this.#line = isFirst.then(() => promise);
    return { isFirst, leave };
  }

  async #loadInTurn<T>(wish: Wish, { load, unload }: LoadSteps<T>, leaveLine: () => void): Promise<T> {
    for (let loads = 1; ; loads += 1) {
      const beforeBytes = await this.#makeRoom(wish);
      wish.setAdmitted(true);
      if (this.#options.maxBytes === Infinity) leaveLine();
      const loaded = await this.#measure(load);
      const excess = await this.#findExcess(wish, beforeBytes);
      if (excess === undefined) return loaded;
      await unload();
      wish.setAdmitted(false);
      if (loads === MOST_LOADS) throw excess;
    }
  }

  /** While a graph is read there are two of it: that is no reason to have others leave. */
  async #measure<T>(load: () => Promise<T>): Promise<T> {
    this.#isLoading = true;
    try {
      return await load();
    } finally {
      this.#isLoading = false;
    }
  }

  /** Resolves to what our processes took just before, as far as that matters. */
  async #makeRoom(wish: Wish): Promise<number> {
    const patience = createTimer(this.#options.clock, PATIENCE_MS);
    let isReclaimed = false;
    try {
      for (;;) {
        const changed = this.#changed.promise;
        const bytes = await this.#read();
        wish.signal.throwIfAborted();
        if (this.#hasRoom(wish, bytes)) return bytes;
        const tenants = this.#options.tenants();
        if (tenants.length > 0) await this.#moveOneOut(tenants, { wish, changed, patience });
        else if (isReclaimed || !(await this.#options.memory.reclaim())) throw this.#createMisfit(wish, bytes);
        else isReclaimed = true;
      }
    } finally {
      patience.stop();
    }
  }

  /** Throws for a model that would not fit either if all others left. */
  #hasRoom(wish: Wish, bytes: number): boolean {
    const { maxModels, maxBytes, tenants } = this.#options;
    const { length } = tenants();
    if (maxBytes === Infinity) return length < maxModels;
    const needBytes = this.#resolveNeed(wish);
    if (length === 0) this.#baseBytes = bytes;
    else if (this.#baseBytes !== Infinity && this.#baseBytes + needBytes > maxBytes) throw this.#createMisfit(wish, this.#baseBytes);
    return length < maxModels && bytes + needBytes <= maxBytes;
  }

  /** Or waits for what happens next: somebody who goes, or stops to be used. */
  async #moveOneOut(
    tenants: readonly Tenant[],
    { wish, changed, patience }: { wish: Wish; changed: Promise<void>; patience: ReturnType<typeof createTimer> },
  ): Promise<void> {
    const isLeaving = tenants.some(({ state }) => state === "leaving");
    const [idle] = sortByUse(tenants, "idle");
    if (!isLeaving && idle !== undefined) return await raceAbort(idle.evict(), wish.signal);
    if (!isLeaving && patience.isOver) {
      void sortByUse(tenants, "busy")[0]?.evict();
      return patience.restart();
    }
    await raceAbort(Promise.race(isLeaving ? [changed] : [changed, patience.over]), wish.signal);
  }

  #resolveNeed({ key, sizeBytes }: Wish): number {
    return Math.max(estimateLoadBytes(sizeBytes), this.#learned.get(key) ?? 0);
  }

  #createMisfit(wish: Wish, baseBytes: number): Error {
    return createMisfit({ name: wish.name, needBytes: this.#resolveNeed(wish), baseBytes, maxBytes: this.#options.maxBytes });
  }

  /** Why the model that was just loaded cannot stay; others that are idle go first. */
  async #findExcess(wish: Wish, beforeBytes: number): Promise<Error | undefined> {
    const bytes = await this.#evictIdle();
    if (bytes <= this.#options.maxBytes) return undefined;
    this.#learned.set(wish.key, Math.max(this.#resolveNeed(wish), bytes - beforeBytes));
    return this.#createMisfit(wish, Math.min(this.#baseBytes, beforeBytes));
  }

  /** One after the other until the rest fits, who was used longest ago first. Resolves to what our processes take then. */
  async #evictIdle(): Promise<number> {
    let bytes = await this.#read();
    while (bytes > this.#options.maxBytes) {
      const [idle] = sortByUse(this.#options.tenants(), "idle");
      if (idle === undefined) return bytes;
      await idle.evict();
      bytes = await this.#read();
    }
    return bytes;
  }

  async #read(): Promise<number> {
    return this.#options.maxBytes === Infinity ? 0 : await this.#options.memory.read();
  }

  #planCheck(): void {
    this.#stopTimer = this.#options.clock.startTimer(() => void this.#check(), CHECK_MS);
  }

  /** Runs make processes grow: what was measured at a load does not stay true. */
  async #check(): Promise<void> {
    try {
      if (!this.#isLoading) await this.#shrink();
    } catch (error) {
      this.#options.log.warn("cannot keep max_memory_mb", { error: formatError(error) });
    }
    if (this.#stopTimer !== undefined) this.#planCheck();
  }

  async #shrink(): Promise<void> {
    const { maxBytes, memory, log } = this.#options;
    const bytes = await this.#evictIdle();
    if (bytes <= maxBytes || this.#isLoading) return;
    log.warn("more memory is in use than max_memory_mb allows", { bytes, maxBytes });
    await memory.reclaim();
  }
}

function sortByUse(tenants: readonly Tenant[], state: Tenant["state"]): Tenant[] {
  return tenants.filter((tenant) => tenant.state === state).sort((left, right) => left.usedAt - right.usedAt);
}
