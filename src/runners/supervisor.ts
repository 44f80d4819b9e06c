// Keeps one runner process alive: starts it, watches it, starts the next with the same models when it has ended.
// Decides nothing about requests: a run that was in flight at a death is rejected, and the scheduler does the rest.
import type { EngineInfo, SessionFacts } from "../backends/backend.ts";
import { resolveError, TermiteError } from "../errors.ts";
import type { HeadResult } from "../heads/head.ts";
import { raceAbort } from "../race-abort.ts";
import type { TargetChoice } from "../target.ts";
import type { TokenBatch } from "../tensor.ts";
import { isInnocent, isKilledFromOutside } from "./crash.ts";
import { Gate } from "./gate.ts";
import { createHeartbeat } from "./heartbeat.ts";
import { LoadedModels } from "./loaded-models.ts";
import type { Ready } from "./protocol.ts";
import { ProgramLog } from "./program-log.ts";
import { Recycler } from "./recycler.ts";
import type { ChildExit, RunnerChildOptions } from "./runner-child.ts";
import { RunnerChild } from "./runner-child.ts";
import type { Runner, RunnerModel, RunnerState, RunnerStats, RunnerStatus } from "./runner.ts";
import type { ExplainFailure } from "./start-errors.ts";
import { createDeath, createLateStart, createSilence, createUnavailable } from "./start-errors.ts";
import { StartRecord } from "./start-record.ts";
import type { RunnerTiming } from "./timing.ts";
import { RUNNER_TIMING } from "./timing.ts";

export interface RunnerOptions extends Omit<RunnerChildOptions, "target"> {
  target: TargetChoice;
  /** Resident memory above which the process is replaced, once its runs in flight have ended. Default: never. */
  memoryCeilingBytes?: number;
  /** So many starts may fail before one ever succeeded; then no more are tried. Default: as many as later, for ever. */
  firstStarts?: number;
  /** Awaited after a failed start, before the next: may mend a damaged library. Never rejects. */
  repairLibrary?: () => Promise<void>;
  /** What callers are told instead of a failure that it recognises. */
  explainFailure?: ExplainFailure;
  timing?: Partial<RunnerTiming>;
}

/** Starts the process at once, with the target as the last argument of `command`. Never throws; ask `status()`. */
export function createRunner(options: RunnerOptions): Runner {
  return new Supervisor(options);
}

class Supervisor implements Runner {
  readonly #options: RunnerOptions;
  readonly #timing: RunnerTiming;
  readonly #gate = new Gate<RunnerChild>();
  readonly #models: LoadedModels;
  readonly #recycler: Recycler;
  readonly #starts: StartRecord;
  readonly #programs: ProgramLog;
  readonly #closing = new AbortController();
  readonly #finished: Promise<void>;
  #state: RunnerState = "starting";
  #child: RunnerChild | undefined;
  #engine: EngineInfo | undefined;
  #problem: string | undefined;
  #stats: RunnerStats | undefined;
  #reading: Promise<void> | undefined;
  #runsAtOnce = 0;

  constructor(options: RunnerOptions) {
    const { log, memoryCeilingBytes: ceilingBytes = Infinity } = options;
    this.#options = options;
    this.#timing = { ...RUNNER_TIMING, ...options.timing };
    const { convictionMs, recyclePauseMs: pauseMs, closeDeadlineMs, settledMs } = this.#timing;
    this.#models = new LoadedModels({ serving: () => this.#serving(), convictionMs, log });
    this.#recycler = new Recycler({ ceilingBytes, pauseMs, closeDeadlineMs, log });
    this.#starts = new StartRecord(settledMs, options.firstStarts);
    this.#programs = new ProgramLog(log);
    this.#finished = this.#supervise();
  }

  /** One more than run at once, so that the next batch is there when one ends. */
  get credit(): number {
    return this.#runsAtOnce + 1;
  }

  status(): RunnerStatus {
    return {
      state: this.#state,
      target: this.#options.target,
      restarts: this.#starts.restarts,
      ...(this.#engine === undefined ? {} : { engine: this.#engine }),
      ...(this.#child === undefined ? {} : { pid: this.#child.pid }),
      ...(this.#stats === undefined ? {} : { stats: this.#stats }),
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
    };
  }

  async refresh(): Promise<void> {
    const child = this.#child;
    if (child === undefined || this.#state !== "ready" || !child.isOpen) return;
    this.#reading ??= this.#readStats(child).finally(() => (this.#reading = undefined));
    await Promise.race([this.#reading, Bun.sleep(this.#timing.refreshMs)]);
  }

  async #readStats(child: RunnerChild): Promise<void> {
    try {
      this.#noteStats(child, await child.stats());
    } catch (error) {
      this.#noteSilence(error);
    }
  }

  async load(model: RunnerModel, signal?: AbortSignal): Promise<SessionFacts> {
    const facts = await raceAbort(this.#models.load(model), signal);
    // Opened while the process was still getting its other models, or known from a process that has died.
    await this.#serving(signal);
    return facts;
  }

  async unload(key: string): Promise<void> {
    await this.#models.unload(key);
  }

  async run(key: string, head: string, batch: TokenBatch, signal?: AbortSignal): Promise<HeadResult> {
    signal?.throwIfAborted();
    const child = await this.#servingModel(key, signal);
    const result = await child.run(key, head, batch, signal);
    this.#starts.noteRun();
    return result;
  }

  async recycle(): Promise<boolean> {
    const child = this.#child;
    if (child === undefined || this.#state !== "ready" || !this.#recycler.recycle(child)) return false;
    await child.ended;
    // A process that does not come is told to those who run something.
    await this.#serving().catch(() => undefined);
    return true;
  }

  async close(): Promise<void> {
    if (!this.#closing.signal.aborted) {
      this.#closing.abort();
      this.#refuse(new TermiteError("draining", "Cannot run model: the runner is closed"));
      const child = this.#child;
      const isServing = child !== undefined && (this.#state === "ready" || this.#recycler.isLeaving(child));
      this.#state = "closed";
      await child?.close(isServing ? this.#timing.closeDeadlineMs : 0);
    }
    await this.#finished;
  }

  /** The process that serves, with the model open in it, or why it is not. */
  async #servingModel(key: string, signal?: AbortSignal): Promise<RunnerChild> {
    await raceAbort(this.#models.check(key), signal);
    const child = await this.#serving(signal);
    // While this call waited, a new process may have failed to load it again.
    if (!this.#models.isOpen(key)) await raceAbort(this.#models.check(key), signal);
    return child;
  }

  /** The gate closes a microtask after a child stops to be open, so this does not spin. */
  async #serving(signal?: AbortSignal): Promise<RunnerChild> {
    let child = await this.#gate.wait(signal);
    while (!child.isOpen) child = await this.#gate.wait(signal);
    return child;
  }

  async #supervise(): Promise<void> {
    while (!this.#isOver) {
      const child = await this.#start();
      if (child !== undefined) await this.#serve(child);
      if (!this.#isOver) await this.#prepareRestart();
    }
  }

  /** Closed, or given up because no process ever came about. */
  get #isOver(): boolean {
    const isGivenUp = this.#options.firstStarts !== undefined && this.#state === "failed" && !this.#starts.wasEverReady;
    return isGivenUp || this.#closing.signal.aborted;
  }

  /** A process that is ready and has every model; `undefined` when that did not come about. */
  async #start(): Promise<RunnerChild | undefined> {
    try {
      const child = this.#spawn();
      const { startDeadlineMs } = this.#timing;
      const deadline = setTimeout(() => child.kill(createLateStart(this.#options.target, startDeadlineMs)), startDeadlineMs);
      this.#noteReady(await child.ready.finally(() => clearTimeout(deadline)));
      this.#watch(child);
      await this.#models.restore(child);
      return child;
    } catch (error) {
      this.#child?.kill();
      await this.#noteDeath("runner did not start", await this.#child?.ended, resolveError(error));
      return undefined;
    }
  }

  #spawn(): RunnerChild {
    const { target, ...rest } = this.#options;
    this.#child = undefined;
    this.#stats = undefined;
    const child = new RunnerChild({ ...rest, target: target.actual });
    this.#child = child;
    return child;
  }

  #noteReady({ engine, runsAtOnce }: Ready): void {
    this.#engine = engine;
    this.#runsAtOnce = runsAtOnce;
    this.#starts.noteReady();
  }

  /** Until the process has ended, for whatever reason. */
  async #serve(child: RunnerChild): Promise<void> {
    void child.shut.then(() => this.#stopServing());
    if (child.isOpen && !this.#closing.signal.aborted) {
      this.#gate.open(child);
      this.#state = "ready";
      this.#options.log.info("runner ready", { target: this.#options.target.actual, pid: child.pid, ...this.#engine });
    }
    const exit = await child.ended;
    if (this.#recycler.isLeaving(child)) return this.#models.markClosed();
    await this.#noteDeath("runner crashed", exit, createDeath(this.#options.target, exit));
  }

  #stopServing(): void {
    if (this.#closing.signal.aborted) return;
    this.#gate.close();
    this.#state = "restarting";
  }

  /** Callers wait for the next process, unless this was one failed start too many. */
  async #noteDeath(event: string, exit: ChildExit | undefined, error: TermiteError): Promise<void> {
    this.#models.markClosed();
    if (this.#closing.signal.aborted) return;
    const reason = exit?.reason ?? error;
    const explained = this.#options.explainFailure?.(reason.message);
    this.#problem = (explained ?? reason).message;
    this.#logDeath(event, exit, reason);
    if (!this.#isFailedStart(exit)) return;
    const { isFailed } = this.#starts.noteDeath();
    if (!this.#starts.wasReady || isFailed) await this.#options.repairLibrary?.();
    if (!isFailed || this.#closing.signal.aborted) return;
    this.#refuse(explained ?? createUnavailable(this.#options.target, reason));
    this.#state = "failed";
  }

  /** Work that is to blame has its own error, and a kill from outside says nothing of an engine that had started well. */
  #isFailedStart(exit: ChildExit | undefined): boolean {
    if (exit === undefined) return true;
    return isInnocent(exit) && !(this.#starts.wasReady && isKilledFromOutside(exit));
  }

  #logDeath(event: string, exit: ChildExit | undefined, { cause }: TermiteError): void {
    this.#options.log.warn(event, {
      target: this.#options.target.actual, pid: this.#child?.pid, problem: this.#problem,
      cause: cause instanceof Error ? cause.message : undefined, output: exit?.lastLines.join(" | "),
    });
  }

  #refuse(error: TermiteError): void {
    this.#gate.refuse(error);
    this.#models.refuse(error);
  }

  async #prepareRestart(): Promise<void> {
    if (this.#state === "ready") this.#stopServing();
    const delay = Promise.withResolvers<void>();
    const end = (): void => delay.resolve();
    const timer = setTimeout(end, this.#starts.noteRestart());
    this.#closing.signal.addEventListener("abort", end);
    await delay.promise;
    this.#closing.signal.removeEventListener("abort", end);
    clearTimeout(timer);
  }

  #watch(child: RunnerChild): void {
    const { target } = this.#options;
    const { heartbeatMs: intervalMs, unresponsiveMs } = this.#timing;
    const onSilent = (): void => child.kill(createSilence(target, unresponsiveMs));
    const onStats = (stats: RunnerStats): void => this.#noteStats(child, stats);
    const onFailure = (error: unknown): void => this.#noteSilence(error);
    void child.ended.then(createHeartbeat(child, { intervalMs, unresponsiveMs, onStats, onFailure, onSilent }));
  }

  #noteStats(child: RunnerChild, stats: RunnerStats): void {
    if (child !== this.#child) return;
    this.#stats = stats;
    this.#programs.note(stats.models, (key) => this.#models.nameOf(key));
    if (this.#state === "ready") this.#recycler.check(child, stats);
  }

  #noteSilence(error: unknown): void {
    this.#options.log.debug("runner gave no figures", { error: String(error) });
  }
}
