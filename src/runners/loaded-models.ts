// The models that a runner is to have, whichever process serves at the moment: a new process gets them all before it serves.
import type { SessionFacts } from "../backends/backend.ts";
import { resolveError, TermiteError } from "../errors.ts";
import type { Log } from "../log.ts";
import { Convictions } from "./convictions.ts";
import { GUILTY_DEATHS, INNOCENT_DEATHS, isCrash, isInnocent } from "./crash.ts";
import type { RunnerChild } from "./runner-child.ts";
import type { RunnerModel } from "./runner.ts";

/** A model and the last attempt to load it; another attempt after a failure is another entry. */
interface Entry {
  model: RunnerModel;
  facts: PromiseWithResolvers<SessionFacts>;
  /** In the process that serves now. */
  isOpen: boolean;
  /** It was open once: callers count on it, so a failure does not make it forgotten. */
  hasServed: boolean;
  /** Of processes while they loaded it. */
  innocentDeaths: number;
  guiltyDeaths: number;
  /** Why the attempt failed. */
  problem: TermiteError | undefined;
}

export interface LoadedModelsOptions {
  /** Resolves to the process that serves, once there is one; rejects when there will be none. */
  serving: () => Promise<RunnerChild>;
  /** How long a model that killed a process is not tried again. */
  convictionMs: number;
  log: Log;
}

export class LoadedModels {
  readonly #options: LoadedModelsOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #convictions: Convictions;

  constructor(options: LoadedModelsOptions) {
    this.#options = options;
    this.#convictions = new Convictions(options.convictionMs);
  }

  /** Shares the load under way, the facts of the last good one, or begins another. */
  load(model: RunnerModel): Promise<SessionFacts> {
    const conviction = this.#convictions.find(model.key);
    if (conviction !== undefined) return Promise.reject(conviction);
    const known = this.#entries.get(model.key);
    if (known !== undefined && known.problem === undefined) return known.facts.promise;
    const entry = this.#add(model, known?.hasServed);
    this.#begin(entry).catch((error: unknown) => this.#reject(entry, error));
    return entry.facts.promise;
  }

  /** Resolves when the model is there or a new process will bring it; throws why a run of it cannot be tried. */
  async check(key: string): Promise<void> {
    const entry = this.#entries.get(key);
    if (entry === undefined) throw new TermiteError("internal", "Cannot run model: it is not loaded");
    if (entry.isOpen) return;
    try {
      await this.load(entry.model);
    } catch (error) {
      throw isCrash(error) ? createReloadCrash(entry.model, error) : error;
    }
  }

  /** Forgets the model and what is held against it, and closes its session, after the load if that is under way. */
  async unload(key: string): Promise<void> {
    this.#convictions.delete(key);
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    await entry.facts.promise.catch(() => undefined); // Its caller is told.
    if (this.#entries.get(key) !== entry) return;
    this.#entries.delete(key);
    // Where no process serves, no session is open.
    const child = await this.#options.serving().catch(() => undefined);
    // Wanted again meanwhile.
    if (this.#entries.has(key)) return;
    await child?.unload(key).catch(ignoreCrash);
  }

  /** Whether the process that serves now has it. */
  isOpen(key: string): boolean {
    return this.#entries.get(key)?.isOpen === true;
  }

  /** What people call the model. */
  nameOf(key: string): string | undefined {
    return this.#entries.get(key)?.model.name;
  }

  /** Opens every model in a fresh process, nothing else in flight. Throws when the process dies of it. */
  async restore(child: RunnerChild): Promise<void> {
    for (const [key, entry] of this.#entries) {
      if (this.#convictions.find(key) !== undefined) continue;
      await this.#open(child, entry.problem === undefined ? entry : this.#add(entry.model, entry.hasServed));
    }
  }

  /** To be called when a process has died: what was open is not any more. */
  markClosed(): void {
    for (const entry of this.#entries.values()) entry.isOpen = false;
  }

  /** To be called when there is no process and callers are not to wait for one. */
  refuse(error: TermiteError): void {
    for (const entry of this.#entries.values()) if (!entry.isOpen) this.#reject(entry, error);
  }

  #add(model: RunnerModel, hasServed = false): Entry {
    const facts = Promise.withResolvers<SessionFacts>();
    facts.promise.catch(() => undefined); // Nobody may be waiting any more when it fails.
    const entry = { model, facts, isOpen: false, hasServed, innocentDeaths: 0, guiltyDeaths: 0, problem: undefined };
    this.#entries.set(model.key, entry);
    return entry;
  }

  async #begin(entry: Entry): Promise<void> {
    const child = await this.#options.serving();
    // `restore` may have opened it meanwhile, or failed to.
    const isWanted = this.#entries.get(entry.model.key) === entry && !entry.isOpen && entry.problem === undefined;
    if (isWanted) await this.#open(child, entry).catch(ignoreCrash);
  }

  /** A failed load is its caller's; only a crash is thrown on, after it is decided whether the model is to blame. */
  async #open(child: RunnerChild, entry: Entry): Promise<void> {
    try {
      const facts = await child.load(entry.model);
      entry.isOpen = entry.hasServed = true;
      entry.innocentDeaths = entry.guiltyDeaths = 0;
      entry.facts.resolve(facts);
    } catch (error) {
      if (!isCrash(error)) return this.#fail(entry, error);
      if (!isSpared(entry, error)) this.#convict(entry, error);
      throw error;
    }
  }

  #convict(entry: Entry, crash: TermiteError): void {
    const error = createLoadCrash(entry.model, crash);
    this.#convictions.add(entry.model.key, error);
    this.#fail(entry, error);
  }

  #fail(entry: Entry, error: unknown): void {
    this.#reject(entry, error);
    this.#options.log.warn("cannot load model in runner", { model: entry.model.name, error: entry.problem?.message });
  }

  /** A first load is rejected and forgotten, its weights with it. */
  #reject(entry: Entry, error: unknown): void {
    const { key } = entry.model;
    entry.problem = resolveError(error);
    entry.facts.reject(entry.problem);
    if (!entry.hasServed && this.#entries.get(key) === entry) this.#entries.delete(key);
  }
}

/** Counts the death. A model may bring a process down once, as a text may: the second time it is no accident. */
function isSpared(entry: Entry, { details }: TermiteError): boolean {
  return isInnocent(details) ? ++entry.innocentDeaths < INNOCENT_DEATHS : ++entry.guiltyDeaths < GUILTY_DEATHS;
}

function ignoreCrash(error: unknown): void {
  // The supervisor sees the same death, and `restore` goes on from there.
  if (!isCrash(error)) throw error;
}

function createLoadCrash({ name }: RunnerModel, cause: TermiteError): TermiteError {
  const found = "the runner process ended while loading it";
  return new TermiteError("runner_crashed", `Cannot load model "${name}": ${found}`, { cause, details: cause.details });
}

/** Another code than the crash itself, which would make a scheduler try the run again. */
function createReloadCrash({ name }: RunnerModel, cause: TermiteError): TermiteError {
  const found = "the runner process ended while loading it";
  return new TermiteError("model_load_failed", `Cannot load model "${name}": ${found}`, { cause });
}
