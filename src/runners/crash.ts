// What the death of a runner process says about the work that was in flight: one rule for loads and for runs.
import { TermiteError } from "../errors.ts";

/**
 * Deaths in a row that may be nobody's fault (SIGKILL by an operator or the kernel's out-of-memory killer, or other work
 * in flight) before a load or a text is given up: a machine that kills ten processes over one of them has no room for it,
 * and fewer would let a person with `kill -9` fail a request.
 */
export const INNOCENT_DEATHS = 10;

/** How a process ended. Stands in the `details` of `runner_crashed`. */
export interface Death {
  signal: string | null;
  exitCode: number | null;
  /** Exactly one load or run was in flight, so nothing else can have brought the process down. */
  alone: boolean;
  /** Why this side killed it, or what it said itself before it ended. */
  reason: TermiteError | undefined;
}

/** Deaths by a load alone in its process before it is given up. A text gets its second chance in the scheduler. */
export const GUILTY_DEATHS = 2;

export function isCrash(error: unknown): error is TermiteError {
  return error instanceof TermiteError && error.code === "runner_crashed";
}

/** A `Death`, or the `details` of a crash. */
type DeathFacts = Readonly<Partial<Record<keyof Death, unknown>>>;

/** True when the death convicts nothing of what was in flight. */
export function isInnocent(death: DeathFacts = {}): boolean {
  return death.alone !== true || isKilledFromOutside(death);
}

/** An operator, or the kernel's out-of-memory killer: our own kills have a reason. */
export function isKilledFromOutside({ signal, reason }: DeathFacts): boolean {
  return signal === "SIGKILL" && reason === undefined;
}

/** The error of a call whose process died. */
export function createCrash({ signal, exitCode, alone, reason }: Death): TermiteError {
  const found = `the runner process ended with ${formatExit({ signal, exitCode })}`;
  const details = { signal, exitCode, alone, ...(reason === undefined ? {} : { reason: reason.message }) };
  return new TermiteError("runner_crashed", `Cannot finish the run: ${found}`, { details, cause: reason });
}

/** "signal SIGSEGV" or "exit code 1". */
export function formatExit({ signal, exitCode }: Pick<Death, "signal" | "exitCode">): string {
  return signal === null ? `exit code ${exitCode}` : `signal ${signal}`;
}
