// Which engine a model runs on: its own target's where the configuration names one, else the main one. An engine that
// cannot run any more is replaced by the next target, and whoever asks is told what was requested and why it is another.
import type { SessionFacts } from "../backends/backend.ts";
import { resolveError } from "../errors.ts";
import type { TermiteError } from "../errors.ts";
import type { HeadResult } from "../heads/head.ts";
import type { Log } from "../log.ts";
import type { Runner, RunnerModel, RunnerStatus } from "../runners/runner.ts";
import type { Target, TargetChoice } from "../target.ts";
import type { BatchesByModel } from "./batches/model-batches.ts";
import type { Scheduler, Work } from "./scheduler.ts";

/** One target's runner with the queue in front of it. */
export interface Engine {
  runner: Runner;
  scheduler: Scheduler;
  /** Told of every model that it has; absent: batches are all alike. */
  batches?: Pick<BatchesByModel, "note" | "forget">;
  /** Ends the runner after the runs in flight, and lets go of what it used. */
  close(): Promise<void>;
}

export interface EngineRoutesOptions {
  /** Serves whatever names no target of its own. */
  main: Engine;
  /** Those that take its place in turn when it cannot run any more. */
  next: readonly Target[];
  /** Why a target cannot be used here; `undefined` when it can. */
  explainAbsence: (target: Target) => string | undefined;
  /** Starts a runner. Rejects when its library cannot be had. */
  open: (choice: TargetChoice) => Promise<Engine>;
  log: Log;
}

interface Placed {
  model: RunnerModel;
  engine: Engine;
}

export class EngineRoutes implements Pick<Runner, "load" | "unload">, Scheduler {
  readonly #options: EngineRoutesOptions;
  readonly #next: Target[];
  #main: Engine;
  #replacing: Promise<void> | undefined;
  /** Nothing took the place of a main engine that failed. */
  #fault: TermiteError | undefined;
  /** Of targets that models name, other than the main one. */
  readonly #own = new Map<Target, Promise<Engine>>();
  /** Why a target that models name is not used any more. */
  readonly #problems = new Map<Target, string>();
  readonly #placed = new Map<string, Placed>();
  #isClosed = false;

  constructor(options: EngineRoutesOptions) {
    this.#options = options;
    this.#main = options.main;
    this.#next = [...options.next];
  }

  /** Of the main runner. One that failed while another target can still take its place is as good as restarting. */
  status(): RunnerStatus {
    const status = this.#main.runner.status();
    if (this.#fault !== undefined) return { ...status, state: "failed", problem: this.#fault.message };
    if (this.#replacing !== undefined) return { ...status, state: "restarting" };
    const isReplaced = status.state === "failed" && this.#next.length > 0;
    return isReplaced ? { ...status, state: "restarting" } : status;
  }

  /** The engine that has the model, and what was requested for it. The main one for a key that is not loaded. */
  describe(key: string): { engine: Engine; target: TargetChoice } {
    const placed = this.#placed.get(key);
    const engine = placed?.engine ?? this.#main;
    const current = engine.runner.status().target;
    const requested = placed?.model.target;
    if (requested === undefined) return { engine, target: current };
    const reason = requested === current.actual ? null : this.#explain(requested);
    return { engine, target: { requested, actual: current.actual, reason } };
  }

  /** The engine that has the model now, at no cost. */
  findEngine(key: string): Engine {
    return this.#placed.get(key)?.engine ?? this.#main;
  }

  async load(model: RunnerModel, signal?: AbortSignal): Promise<SessionFacts> {
    return await this.#attempt(model, (engine) => this.#loadInto(engine, model, signal));
  }

  async unload(key: string): Promise<void> {
    const placed = this.#placed.get(key);
    this.#placed.delete(key);
    const { runner, batches } = placed?.engine ?? this.#main;
    await runner.unload(key);
    if (!this.#placed.has(key)) batches?.forget(key);
  }

  async submit(work: Work): Promise<HeadResult[]> {
    const placed = this.#placed.get(work.model);
    if (placed === undefined) return await this.#main.scheduler.submit(work);
    return await this.#attempt(placed.model, async (engine) => {
      if (this.#placed.get(work.model)?.engine !== engine) await this.#loadInto(engine, placed.model, work.signal);
      return await engine.scheduler.submit(work);
    });
  }

  /** Of all engines that work together. */
  tokensPerSecond(): number | undefined {
    const speeds = Array.from(this.#inUse(), ({ scheduler }) => scheduler.tokensPerSecond());
    const known = speeds.filter((speed) => speed !== undefined);
    return known.length === 0 ? undefined : known.reduce((sum, speed) => sum + speed, 0);
  }

  /** Has every runner that is in use asked for its figures. */
  async refresh(): Promise<void> {
    await Promise.all(Array.from(this.#inUse(), ({ runner }) => runner.refresh()));
  }

  /** The runner that takes most memory begins anew; false where none may. */
  async recycle(): Promise<boolean> {
    const sizeOf = ({ runner }: Engine): number => runner.status().stats?.rssBytes ?? 0;
    const [largest] = [...this.#inUse()].sort((left, right) => sizeOf(right) - sizeOf(left));
    return (await largest?.runner.recycle()) ?? false;
  }

  /** Of every runner that is in use, the main one first. */
  statuses(): RunnerStatus[] {
    return Array.from(this.#inUse(), ({ runner }) => runner.status());
  }

  /** Each engine after its runs in flight. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#replacing;
    const own = await Promise.allSettled(this.#own.values());
    const engines = own.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    await Promise.all([this.#main, ...engines].map((engine) => engine.close()));
  }

  /** The main engine and those that have a model. */
  #inUse(): Set<Engine> {
    return new Set([this.#main, ...Array.from(this.#placed.values(), ({ engine }) => engine)]);
  }

  async #loadInto(engine: Engine, model: RunnerModel, signal?: AbortSignal): Promise<SessionFacts> {
    const facts = await engine.runner.load(model, signal);
    const { name, maxBatchTokens } = model;
    engine.batches?.note(model.key, { name, maxBatchTokens, buckets: facts.buckets });
    const wasHere = this.#placed.get(model.key)?.engine === engine;
    this.#placed.set(model.key, { model, engine });
    if (!wasHere && model.target !== undefined) this.#tellFallback(model);
    return facts;
  }

  /** A failure is its caller's, but where the engine as a whole has failed and another takes over. */
  async #attempt<T>(model: RunnerModel, work: (engine: Engine) => Promise<T>): Promise<T> {
    for (;;) {
      const engine = await this.#resolve(model);
      try {
        return await work(engine);
      } catch (error) {
        const { state } = engine.runner.status();
        const isLost = !this.#isClosed && (state === "failed" || state === "closed");
        if (!isLost || !(await this.#replace(engine))) throw error;
      }
    }
  }

  #tellFallback({ key, name: model }: RunnerModel): void {
    const { target: { requested, actual, reason } } = this.describe(key);
    if (reason === null) return;
    this.#options.log.warn("model runs on another target than requested", { model, requested, actual, reason });
  }

  async #resolve({ target }: RunnerModel): Promise<Engine> {
    await this.#replacing;
    if (this.#fault !== undefined) throw this.#fault;
    if (target === undefined || target === this.#main.runner.status().target.actual) return this.#main;
    return this.#explain(target) === null ? await this.#openOwn(target) : this.#main;
  }

  #explain(target: Target): string | null {
    return this.#problems.get(target) ?? this.#options.explainAbsence(target) ?? null;
  }

  async #openOwn(target: Target): Promise<Engine> {
    const opening = this.#own.get(target) ?? this.#options.open({ requested: target, actual: target, reason: null });
    this.#own.set(target, opening);
    try {
      return await opening;
    } catch (error) {
      this.#own.delete(target);
      throw error;
    }
  }

  /** False when there is nothing left to take its place. */
  async #replace(failed: Engine): Promise<boolean> {
    const { target, problem = "its process cannot be started" } = failed.runner.status();
    if (failed !== this.#main) return this.#giveUp(failed, target.actual, problem);
    if (this.#replacing === undefined && this.#next.length === 0) return false;
    this.#replacing ??= this.#openNext(failed, target, problem).finally(() => (this.#replacing = undefined));
    await this.#replacing;
    return true;
  }

  /** Models that name it run on the main engine from now on. */
  #giveUp(failed: Engine, target: Target, problem: string): boolean {
    // Another caller may have noticed it first, or the main engine was replaced meanwhile.
    if (this.#own.delete(target)) {
      this.#problems.set(target, problem);
      void failed.close();
    }
    return true;
  }

  /** The failed one is closed first: it would try to start again and again meanwhile. */
  async #openNext(failed: Engine, { requested, actual: lost, reason: earlier }: TargetChoice, problem: string): Promise<void> {
    this.#problems.set(lost, problem);
    void failed.close();
    let fault: TermiteError | undefined;
    for (let actual = this.#next.shift(); actual !== undefined; actual = this.#next.shift()) {
      const reason = requested === actual ? null : (earlier ?? problem);
      try {
        this.#main = await this.#options.open({ requested, actual, reason });
        this.#options.log.warn("serving on another target than requested", { requested, actual, reason: problem });
        return;
      } catch (error) {
        fault = resolveError(error);
      }
    }
    this.#fault = fault;
    throw fault ?? new TypeError("Cannot replace an engine: found no other target");
  }
}
