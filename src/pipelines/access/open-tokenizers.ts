// Tokenizers in use, one for all who need the same: models that are loaded, and requests that need no graph. One that
// no model keeps stays open for as long after its last use as a model stays loaded.
import type { ModelManifest } from "../../models/manifest.ts";
import { raceAbort } from "../../race-abort.ts";
import type { Tokenizers } from "../../tokenizers/open.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import { KeepAlive, SYSTEM_CLOCK, type Clock } from "./keep-alive.ts";

export interface OpenTokenizersOptions {
  tokenizers: Tokenizers;
  /** Called when the tokenizer inside the executable cannot be opened: true when trying again makes sense. */
  repairEmbedded: () => Promise<boolean>;
  keepAliveMs: number;
  /** Replaced in tests. */
  clock?: Clock;
}

interface Entry {
  opening: Promise<Tokenizer>;
  users: number;
  keepAlive: KeepAlive;
}

export class OpenTokenizers {
  readonly #options: OpenTokenizersOptions;
  /** By fingerprint: all that was opened and is still referred to by somebody. */
  readonly #shared = new Map<string, WeakRef<Tokenizer>>();
  readonly #opening = new Map<string, Promise<Tokenizer>>();
  /** By fingerprint: what is used without its graph. */
  readonly #entries = new Map<string, Entry>();
  #isClosed = false;

  constructor(options: OpenTokenizersOptions) {
    this.#options = options;
  }

  /** For a model that keeps it as long as it is loaded. */
  async open(manifest: ModelManifest): Promise<Tokenizer> {
    const { fingerprint: key } = manifest;
    const known = this.#shared.get(key)?.deref() ?? this.#opening.get(key);
    if (known !== undefined) return await known;
    const opening = this.#openFile(manifest).finally(() => this.#opening.delete(key));
    this.#opening.set(key, opening);
    return await opening;
  }

  /** Calls `task` with the tokenizer alone. Rejects with the signal's reason when it aborts before it is open. */
  async use<T>(manifest: ModelManifest, task: (tokenizer: Tokenizer) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const entry = this.#entries.get(manifest.fingerprint) ?? this.#begin(manifest);
    entry.users += 1;
    entry.keepAlive.hold();
    try {
      return await task(await raceAbort(entry.opening, signal));
    } finally {
      entry.users -= 1;
      const isKept = this.#entries.get(manifest.fingerprint) === entry && !this.#isClosed;
      if (entry.users === 0 && isKept) entry.keepAlive.release();
    }
  }

  /** Nothing expires any more. */
  close(): void {
    this.#isClosed = true;
    for (const { keepAlive } of this.#entries.values()) keepAlive.stop();
  }

  #begin(manifest: ModelManifest): Entry {
    const { fingerprint: key } = manifest;
    const { keepAliveMs: ms, clock = SYSTEM_CLOCK } = this.#options;
    const entry: Entry = {
      opening: this.#openSound(manifest),
      users: 0,
      keepAlive: new KeepAlive({ ms, clock, onExpired: () => this.#expire(key) }),
    };
    this.#entries.set(key, entry);
    entry.opening.catch(() => this.#entries.get(key) === entry && this.#entries.delete(key));
    return entry;
  }

  async #openSound(manifest: ModelManifest): Promise<Tokenizer> {
    try {
      return await this.open(manifest);
    } catch (error) {
      if (!manifest.embedded || !(await this.#options.repairEmbedded())) throw error;
      return await this.open(manifest);
    }
  }

  #expire(key: string): void {
    this.#entries.delete(key);
    // Its memory is native: nothing else tells the collector that it is worth a round.
    Bun.gc(true);
  }

  async #openFile(manifest: ModelManifest): Promise<Tokenizer> {
    const { fingerprint, tokenizerFile: file, id: name, embedded: trusted } = manifest;
    const opened = await this.#options.tokenizers.open({ file, name, trusted });
    this.#forgetCollected();
    this.#shared.set(fingerprint, new WeakRef(opened));
    return opened;
  }

  #forgetCollected(): void {
    for (const [key, reference] of this.#shared) if (reference.deref() === undefined) this.#shared.delete(key);
  }
}
