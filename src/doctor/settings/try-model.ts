// Asks a model for a vector through this program's own `embed` in a child process: whatever a server would stumble over,
// the child does too. Its words are for people, so no more is read of them than the last error and its hint.
import { createChildEnvironment } from "../../config/env.ts";
import type { ChildOutcome, RunChild } from "../../plugins/child-process.ts";

/** From the start of the child: a large model from a slow disk takes its time. */
const TIMEOUT_MS = 60_000;

export type ModelTrial = { ok: true; ms: number } | { ok: false; reason: string; remedy?: string };

export interface TryModelOptions {
  /** Starts `termite embed`. */
  runChild: RunChild;
  /** The flags of the configuration as this command was given them. */
  flags: readonly string[];
  environment: Readonly<Record<string, string>>;
  signal?: AbortSignal;
}

/** Rejects only with an aborted signal's reason. */
export async function tryModel(name: string, options: TryModelOptions): Promise<ModelTrial> {
  const { runChild, flags, environment, signal } = options;
  // Targets have findings of their own: the model is tried on the one that this build runs models on.
  const args = [...flags, "--require-target=onnx:cpu", "--quiet", "--no-color", "--json", `--model=${name}`, "termite"];
  const outcome = await runChild(args, {
    environment: createChildEnvironment(environment),
    timeoutMs: TIMEOUT_MS,
    ...(signal === undefined ? {} : { signal }),
  });
  return resolveTrial(outcome);
}

function resolveTrial(outcome: ChildOutcome): ModelTrial {
  if (outcome.exitCode === 0) return { ok: true, ms: outcome.ms };
  const { reason, hint } = parseWords(outcome.stderrTail);
  if (reason !== undefined) return { ok: false, reason, ...(hint === undefined ? {} : { remedy: hint }) };
  return { ok: false, reason: formatEnd(outcome) };
}

/** `error: Cannot load model "x": …\nhint: …\n`; a message may have several lines. */
function parseWords(stderrTail: string): { reason?: string | undefined; hint?: string | undefined } {
  const [, reason, hint] = /(?:^|\n)error: ((?:(?!\nerror: )[^])*?)(?:\nhint: (.*))?\s*$/.exec(stderrTail) ?? [];
  return { reason: reason?.replaceAll(/\s*\n\s*/g, " "), hint };
}

function formatEnd({ isTimeout, signal, exitCode, stderrTail }: ChildOutcome): string {
  if (isTimeout) return `it gave no vector within ${TIMEOUT_MS / 1000} s`;
  if (signal === null && exitCode === null) return `the process that tries it cannot be started: ${stderrTail}`;
  return `the process that tried it ended with ${signal ?? `exit code ${exitCode}`}`;
}
