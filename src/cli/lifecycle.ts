// What `/readyz` says while a server lives: loading, ready, draining or failed, and the target that serves.
import type { Readiness, ReadinessStatus } from "../server/deps.ts";
import type { RunnerStatus } from "../runners/runner.ts";

export interface Lifecycle {
  readiness(): Readiness;
  /** The default model answered a first text. */
  markReady(): void;
  /** The default model cannot answer; `reason` is for clients and holds no path. */
  markFailed(reason: string): void;
  markDraining(): void;
}

/** A runner that cannot start makes a ready server `failed` for as long as that lasts; a mere restart does not. */
export function createLifecycle(runnerStatus: () => RunnerStatus): Lifecycle {
  let phase: ReadinessStatus = "loading";
  let reason: string | undefined;
  const move = (next: ReadinessStatus, why?: string) => {
    if (phase === "draining") return;
    phase = next;
    reason = why;
  };
  return {
    readiness: () => describe(phase, reason, runnerStatus()),
    markReady: () => move("ready"),
    markFailed: (why) => move("failed", why),
    markDraining: () => move("draining"),
  };
}

function describe(phase: ReadinessStatus, reason: string | undefined, runner: RunnerStatus): Readiness {
  const broken = runner.state === "failed" && phase !== "draining";
  const status = broken ? "failed" : phase;
  const why = broken ? runner.problem : reason;
  return { status, target: runner.target, ...(why === undefined ? {} : { reason: why }) };
}
