// Keeps one runner process alive: starts it, watches it, starts the next with the same models when it has ended.
// Decides nothing about requests: a run that was in flight at a death is rejected, and the scheduler does the rest.
import type { EngineInfo, SessionFacts } from "../backends/backend.ts";
import { TermiteError } from "../errors.ts";
import type { HeadResult } from "../heads/head.ts";
import type { TokenBatch } from "../tensor.ts";
import { restartDelayMs } from "./back-off.ts";
import { Gate } from "./gate.ts";
import { createHeartbeat } from "./heartbeat.ts";
import { LoadedModels } from "./loaded-models.ts";
import { raceAbort } from "./race-abort.ts";
import type { Ready } from "./protocol.ts";
import type { ChildExit, RunnerChildOptions } from "./runner-child.ts";
import { formatExit, RunnerChild } from "./runner-child.ts";
import type { Runner, RunnerModel, RunnerState, RunnerStats, RunnerStatus } from "./runner.ts";
import type { TargetChoice } from "../target.ts";

export interface RunnerOptions extends Omit<RunnerChildOptions, "target"> {
  target: TargetChoice;
  /** Resident memory above which the process is replaced, once its runs in flight have ended. Default: never. */
  memoryCeilingBytes?: number;
  /** Between two replacements for memory at least: a ceiling below what the models need must not stop all work. */
  recyclePauseMs?: number;
  startDeadlineMs?: number;
  heartbeatMs?: number;
  unresponsiveMs?: number;
  closeDeadlineMs?: number;
  /** Awaited after a failed start, before the next: may mend a damaged library. Never rejects. */
  repairLibrary?: () => Promise<void>;
  /** Called at each change of state. */
  onStateChange?: (status: RunnerStatus) => void;
}

/** Failed starts in a row after which callers are no longer kept waiting. */
const FAILED_STARTS = 5;
const DEFAULTS = {
  recyclePauseMs: 60_000, startDeadlineMs: 30_000, heartbeatMs: 5_000, unresponsiveMs: 30_000, closeDeadlineMs: 10_000,
};

/** Starts the process at once, with the target as the last argument of `command`. Never throws; ask `status()`. */
export function createRunner(options: RunnerOptions): Runner {
  return new Supervisor(options);
}

class Supervisor implements Runner {
  readonly #options: RunnerOptions & typeof DEFAULTS;
  readonly #gate = new Gate<RunnerChild>();
  readonly #models: LoadedModels;
  readonly #closing = new AbortController();
  readonly #finished: Promise<void>;
  #state: RunnerState = "starting";
  #child: RunnerChild | undefined;
  #engine: EngineInfo | undefined;
  #problem: string | undefined;
  #runsAtOnce = 0;
  #restarts = 0;
  #restartsSinceRun = 0;
  #failedStarts = 0;
  #recycledAt = -Infinity;
  #isRecycling = false;

  constructor(options: RunnerOptions) {
    this.#options = { ...DEFAULTS, ...options };
    this.#models = new LoadedModels(() => this.#serving(), options.log);
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
      restarts: this.#restarts,
      ...(this.#engine === undefined ? {} : { engine: this.#engine }),
      ...(this.#child === undefined ? {} : { pid: this.#child.pid }),
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
    };
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
    this.#restartsSinceRun = 0;
    return result;
  }

  async stats(): Promise<RunnerStats> {
    const child = await this.#serving();
    return await child.stats();
  }

  async close(): Promise<void> {
    if (!this.#closing.signal.aborted) {
      this.#closing.abort();
      this.#gate.refuse(new TermiteError("draining", "Cannot run model: the runner is closed"));
      const isServing = this.#state === "ready" || this.#isRecycling;
      this.#setState("closed");
      await this.#child?.close(isServing ? this.#options.closeDeadlineMs : 0);
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
    while (!this.#closing.signal.aborted) {
      const child = await this.#start();
      if (child !== undefined) await this.#serve(child);
      if (!this.#closing.signal.aborted) await this.#prepareRestart();
    }
  }

  /** A process that is ready and has every model; `undefined` when that did not come about. */
  async #start(): Promise<RunnerChild | undefined> {
    try {
      const child = this.#spawn();
      const { startDeadlineMs, target } = this.#options;
      const deadline = setTimeout(() => child.kill(createLateStart(target, startDeadlineMs)), startDeadlineMs);
      this.#noteReady(await child.ready.finally(() => clearTimeout(deadline)));
      this.#watch(child);
      await this.#models.restore(child);
      return child;
    } catch (error) {
      await this.#noteFailedStart(error);
      return undefined;
    }
  }

  #spawn(): RunnerChild {
    const { target, ...rest } = this.#options;
    this.#child = undefined;
    const child = new RunnerChild({ ...rest, target: target.actual });
    this.#child = child;
    return child;
  }

  #noteReady({ engine, runsAtOnce }: Ready): void {
    this.#engine = engine;
    this.#runsAtOnce = runsAtOnce;
    this.#failedStarts = 0;
  }

  async #noteFailedStart(error: unknown): Promise<void> {
    this.#child?.kill();
    const exit = await this.#child?.ended;
    this.#models.markClosed();
    if (this.#closing.signal.aborted) return;
    const cause = exit?.reason ?? error;
    this.#problem = cause instanceof Error ? cause.message : String(cause);
    this.#options.log.warn("runner did not start", {
      target: this.#options.target.actual, problem: this.#problem, output: exit?.lastLines.join(" | "),
    });
    await this.#options.repairLibrary?.();
    if (++this.#failedStarts < FAILED_STARTS) return;
    this.#gate.refuse(createUnavailable(this.#options.target, cause));
    this.#setState("failed");
  }

  /** Until the process has ended, for whatever reason. */
  async #serve(child: RunnerChild): Promise<void> {
    void child.shut.then(() => this.#stopServing());
    if (child.isOpen && !this.#closing.signal.aborted) {
      this.#gate.open(child);
      this.#setState("ready");
      this.#options.log.info("runner ready", { target: this.#options.target.actual, pid: child.pid, ...this.#engine });
    }
    const exit = await child.ended;
    this.#models.markClosed();
    if (!this.#isRecycling && !this.#closing.signal.aborted) this.#noteCrash(child, exit);
    this.#isRecycling = false;
  }

  #stopServing(): void {
    if (this.#closing.signal.aborted) return;
    this.#gate.close();
    this.#setState("restarting");
  }

  #noteCrash({ pid }: RunnerChild, exit: ChildExit): void {
    this.#problem = exit.reason?.message ?? `The runner process ended with ${formatExit(exit)}`;
    this.#options.log.warn("runner crashed", {
      target: this.#options.target.actual, pid, problem: this.#problem, output: exit.lastLines.join(" | "),
    });
  }

  async #prepareRestart(): Promise<void> {
    if (this.#state === "ready") this.#stopServing();
    this.#restarts++;
    const delayMs = restartDelayMs(this.#restartsSinceRun++);
    const delay = Promise.withResolvers<void>();
    const timer = setTimeout(delay.resolve, delayMs);
    this.#closing.signal.addEventListener("abort", () => delay.resolve(), { once: true });
    await delay.promise;
    clearTimeout(timer);
  }

  #watch(child: RunnerChild): void {
    const { heartbeatMs: intervalMs, unresponsiveMs, target, log } = this.#options;
    const onSilent = (): void => child.kill(createSilence(target, unresponsiveMs));
    const onStats = (stats: RunnerStats): void => this.#checkMemory(child, stats);
    const onFailure = (error: unknown): void => log.debug("runner gave no figures", { error: String(error) });
    void child.ended.then(createHeartbeat(child, { intervalMs, unresponsiveMs, onStats, onFailure, onSilent }));
  }

  #checkMemory(child: RunnerChild, { rssBytes }: RunnerStats): void {
    const { memoryCeilingBytes = Infinity, recyclePauseMs, log } = this.#options;
    if (rssBytes <= memoryCeilingBytes || this.#state !== "ready" || this.#child !== child) return;
    if (performance.now() - this.#recycledAt < recyclePauseMs) return;
    log.info("recycling runner above its memory ceiling", { pid: child.pid, rssBytes, memoryCeilingBytes });
    this.#recycledAt = performance.now();
    this.#isRecycling = true;
    void child.close(this.#options.closeDeadlineMs);
  }

  #setState(state: RunnerState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onStateChange?.(this.status());
  }
}

function createLateStart({ actual }: TargetChoice, deadlineMs: number): TermiteError {
  return new TermiteError("target_unavailable", `Cannot start "${actual}": it was not ready after ${deadlineMs} ms`);
}

function createSilence({ actual }: TargetChoice, unresponsiveMs: number): TermiteError {
  return new TermiteError("runner_crashed", `Cannot reach runner "${actual}": no answer for ${unresponsiveMs} ms`);
}

function createUnavailable({ actual }: TargetChoice, cause: unknown): TermiteError {
  if (cause instanceof TermiteError && cause.code === "target_unavailable") return cause;
  const hint = cause instanceof TermiteError ? cause.hint : undefined;
  const found = cause instanceof Error ? cause.message : String(cause);
  return new TermiteError("target_unavailable", `Cannot start "${actual}": ${found}`, { cause, hint });
}
