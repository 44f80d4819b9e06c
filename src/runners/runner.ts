// The parent's view of a runner process: load models, run batches, ask for figures. Implemented by `supervisor.ts`.
import type { EngineInfo, EngineMemory, SessionFacts, SessionStats } from "../backends/backend.ts";
import type { Head, HeadResult } from "../heads/head.ts";
import type { TokenBatch } from "../tensor.ts";
import type { Precision, Target, TargetChoice } from "../target.ts";

export interface RunnerModel {
  /** Unique for the model's files as they are now: a changed file is another key. */
  key: string;
  /** What people call it; used in messages. */
  name: string;
  graphFile: string;
  /** Heads by name; their weights cross the process border once, at load. */
  heads: Readonly<Record<string, Head>>;
  /** Tokens of the longest text that it will be given. Without it a graph of a fixed length is refused. */
  maxTokens?: number;
  /** What an XLA engine computes with; absent: f32. */
  precision?: Precision;
  /** Bound of `longest x count` of a batch, for the scheduler alone; absent: what was measured. */
  maxBatchTokens?: number;
  /** The one that the configuration names for it; decided above the runner, which has one target. */
  target?: Target;
}

export type RunnerState = "starting" | "ready" | "restarting" | "failed" | "closed";

export interface RunnerStatus {
  state: RunnerState;
  target: TargetChoice;
  /** Absent until the first start succeeded. */
  engine?: EngineInfo;
  pid?: number;
  /** What the process said when it was last asked. */
  stats?: RunnerStats;
  restarts: number;
  /** The last failure to start or crash, in words. */
  problem?: string;
}

export interface RunnerStats {
  /** Resident memory of the process. */
  rssBytes: number;
  /** Absent where the engine does not count. */
  memory?: EngineMemory;
  /** By the keys of loaded models, where the engine can say. */
  models: Readonly<Record<string, SessionStats>>;
}

export interface Runner {
  status(): RunnerStatus;
  /** Asks the process for its figures, for `status()`. Resolves when they are there or cannot be had soon. */
  refresh(): Promise<void>;
  /**
   * Resolves when the session is open. Loading a key twice shares one load. Survives restarts: the key is loaded again, and
   * where that fails, each run tries once more. A model that killed a process is refused for a while without being tried.
   */
  load(model: RunnerModel, signal?: AbortSignal): Promise<SessionFacts>;
  /** Forgets the model, also that it killed a process. */
  unload(key: string): Promise<void>;
  /**
   * Runs one batch under one of the model's heads. Rejects with `runner_crashed` (`details.signal`) when the process dies
   * underneath: the runner restarts by itself and loads its models again; who runs what once more is the scheduler's rule.
   * A call made while the runner restarts waits for it. Aborting stops the native run; rejects with the signal's reason.
   */
  run(key: string, head: string, batch: TokenBatch, signal?: AbortSignal): Promise<HeadResult>;
  /** Batches worth having in flight: those that run at once, and one that is there when one of them ends. */
  readonly credit: number;
  /**
   * Replaces the process once its runs in flight have ended, which gives back all that it has taken; callers wait, none fails.
   * Resolves when the next one serves; at once to false where that was done lately, or there is no process.
   */
  recycle(): Promise<boolean>;
  /** Ends the process after the runs in flight; no restart follows. */
  close(): Promise<void>;
}
