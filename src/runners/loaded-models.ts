// The models that a runner is to have, whichever process serves at the moment: a new process gets them all before it serves.
import type { SessionFacts } from "../backends/backend.ts";
import { TermiteError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { RunnerChild } from "./runner-child.ts";
import type { RunnerModel } from "./runner.ts";

/**
 * Deaths that were nobody's fault (SIGKILL by an operator or the kernel's out-of-memory killer, or other work in flight)
 * before a load is given up. Ten: a machine that kills ten processes in a row over one model has no room for it, and fewer
 * would let a person with `kill -9` fail a request.
 */
const INNOCENT_DEATHS = 10;

interface Entry {
  model: RunnerModel;
  facts: PromiseWithResolvers<SessionFacts>;
  isOpen: boolean;
  innocentDeaths: number;
  /** Why a model that had been loaded could not be loaded again. */
  problem: TermiteError | undefined;
}

export class LoadedModels {
  readonly #entries = new Map<string, Entry>();
  readonly #serving: () => Promise<RunnerChild>;
  readonly #log: Log;

  /** `serving` resolves to the process that serves, once there is one; it rejects when there will be none. */
  constructor(serving: () => Promise<RunnerChild>, log: Log) {
    this.#serving = serving;
    this.#log = log;
  }

  load(model: RunnerModel): Promise<SessionFacts> {
    const known = this.#entries.get(model.key);
    if (known !== undefined && known.problem === undefined) return known.facts.promise;
    const facts = Promise.withResolvers<SessionFacts>();
    const entry = { model, facts, isOpen: false, innocentDeaths: 0, problem: undefined };
    this.#entries.set(model.key, entry);
    this.#begin(entry).catch((error: unknown) => this.#reject(entry, error));
    return facts.promise;
  }

  /** Resolves when the model is there or known not to be; throws why a run of it cannot be tried. */
  async check(key: string): Promise<void> {
    const entry = this.#entries.get(key);
    if (entry === undefined) throw new TermiteError("internal", "Cannot run model: it is not loaded");
    if (entry.problem !== undefined) throw entry.problem;
    if (!entry.isOpen) await entry.facts.promise;
  }

  /** Forgets the model and closes its session, after the load if that is under way. */
  async unload(key: string): Promise<void> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    if (entry.problem === undefined) await entry.facts.promise.catch(() => undefined); // Its caller is told.
    if (this.#entries.get(key) !== entry) return;
    this.#entries.delete(key);
    // Where no process serves, no session is open.
    const child = await this.#serving().catch(() => undefined);
    await child?.unload(key).catch(ignoreCrash);
  }

  /** Whether the process that serves now has it. */
  isOpen(key: string): boolean {
    return this.#entries.get(key)?.isOpen === true;
  }

  /** Opens every model in a fresh process, nothing else in flight. Throws when the process dies of it. */
  async restore(child: RunnerChild): Promise<void> {
    for (const entry of this.#entries.values()) {
      if (entry.problem === undefined) await this.#open(child, entry);
    }
  }

  /** To be called when a process has died: what was open is not any more. */
  markClosed(): void {
    for (const entry of this.#entries.values()) entry.isOpen = false;
  }

  async #begin(entry: Entry): Promise<void> {
    const child = await this.#serving();
    // `restore` may have opened it meanwhile.
    if (entry.isOpen || this.#entries.get(entry.model.key) !== entry) return;
    await this.#open(child, entry).catch(ignoreCrash);
  }

  /** A failed load is its caller's; only a crash is thrown on, after it is decided whether the model is to blame. */
  async #open(child: RunnerChild, entry: Entry): Promise<void> {
    try {
      const facts = await child.load(entry.model);
      entry.isOpen = true;
      entry.innocentDeaths = 0;
      entry.facts.resolve(facts);
    } catch (error) {
      if (!isCrash(error)) return this.#reject(entry, error);
      const isInnocent = error.details?.["signal"] === "SIGKILL" || error.details?.["alone"] !== true;
      if (!isInnocent || ++entry.innocentDeaths >= INNOCENT_DEATHS) this.#reject(entry, createLoadCrash(entry.model, error));
      throw error;
    }
  }

  /** A first load is rejected and forgotten; of a model that had been loaded, later runs are told. */
  #reject(entry: Entry, error: unknown): void {
    const problem = error instanceof TermiteError ? error : new TermiteError("internal", String(error), { cause: error });
    this.#log.warn("cannot load model in runner", { model: entry.model.name, error: problem.message });
    entry.problem = problem.code === "runner_crashed" ? createReloadCrash(entry.model, problem) : problem;
    entry.facts.promise.catch(() => undefined); // Nobody may be waiting any more.
    entry.facts.reject(problem);
  }
}

export function isCrash(error: unknown): error is TermiteError {
  return error instanceof TermiteError && error.code === "runner_crashed";
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
