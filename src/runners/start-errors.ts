// What callers are told when a runner process is late, silent, dead, or cannot be started.
import { TermiteError } from "../errors.ts";
import type { TargetChoice } from "../target.ts";
import type { Death } from "./crash.ts";
import { formatExit } from "./crash.ts";

/** Reads the linker's words and says what the system lacks; `undefined` when that is not the reason. */
export type ExplainFailure = (message: string) => TermiteError | undefined;

export function createLateStart({ actual }: TargetChoice, deadlineMs: number): TermiteError {
  return new TermiteError("target_unavailable", `Cannot start "${actual}": it was not ready after ${deadlineMs} ms`);
}

export function createSilence({ actual }: TargetChoice, unresponsiveMs: number): TermiteError {
  return new TermiteError("runner_crashed", `Cannot reach runner "${actual}": no answer for ${unresponsiveMs} ms`);
}

/** A process that served has ended by itself. */
export function createDeath({ actual }: TargetChoice, exit: Pick<Death, "signal" | "exitCode">): TermiteError {
  const found = `its process ended with ${formatExit(exit)}`;
  return new TermiteError("target_unavailable", `Cannot keep "${actual}" running: ${found}`);
}

/** `cause` is why the last process did not start or live. */
export function createUnavailable({ actual }: TargetChoice, cause: TermiteError): TermiteError {
  if (cause.code === "target_unavailable") return cause;
  const { message, hint } = cause;
  return new TermiteError("target_unavailable", `Cannot start "${actual}": ${message}`, { cause, hint });
}
