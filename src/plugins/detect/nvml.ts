// The parent's side of asking NVML: a child with a deadline, because a broken driver hangs or kills who asks it.
import { readFileSync } from "node:fs";
import { createChildEnvironment } from "../../config/env.ts";
import { findErrorCode, formatError, TermiteError } from "../../errors.ts";
import { findAnswer } from "../child-process.ts";
import type { ChildOutcome, RunChild } from "../child-process.ts";
import { parseNvmlAnswer } from "./nvml-answer.ts";
import type { NvmlAnswer } from "./nvml-answer.ts";
import type { System } from "./system.ts";

export interface ReadNvmlOptions {
  runChild: RunChild;
  timeoutMs: number;
}

/** Arguments of this program that lead to `runNvml`. */
const CHILD_ARGUMENTS = ["__probe", "nvml"] as const;

/**
 * NVML's word, or that of the file `TERMITE_FAKE_NVML` (`invalid_config` when it cannot be used). `undefined`: not
 * asked, because the root is replaced and the answers would be of this machine. A child that hangs or dies is an answer
 * with `error`.
 */
export async function readNvml(system: System, options: ReadNvmlOptions): Promise<NvmlAnswer | undefined> {
  const fake = system.environment["TERMITE_FAKE_NVML"] ?? "";
  if (fake !== "") return readFakeNvml(fake);
  if (system.isReplaced) return undefined;
  const environment = createChildEnvironment(system.environment);
  const outcome = await options.runChild(CHILD_ARGUMENTS, { environment, timeoutMs: options.timeoutMs });
  return parseOutcome(outcome, options.timeoutMs);
}

function parseOutcome(outcome: ChildOutcome, timeoutMs: number): NvmlAnswer {
  if (outcome.isTimeout) return { error: `no answer within ${timeoutMs / 1000} s` };
  const answer = findAnswer(outcome.stdout);
  if (answer === undefined) return { error: `the process that asked it ended with ${formatEnd(outcome)}` };
  const parsed = parseNvmlAnswer(answer);
  return "answer" in parsed ? parsed.answer : { error: `an answer that makes no sense (${parsed.problems.join("; ")})` };
}

function formatEnd({ signal, exitCode }: ChildOutcome): string {
  return signal ?? `exit code ${exitCode}`;
}

function readFakeNvml(path: string): NvmlAnswer {
  const parsed = parseNvmlAnswer(readJson(path));
  if ("answer" in parsed) return parsed.answer;
  throw createFakeError(`"${path}" holds ${parsed.problems.join("; ")}`);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    const code = findErrorCode(cause);
    const found = code === "ENOENT" ? "is not there" : `cannot be read (${code ?? formatError(cause)})`;
    throw createFakeError(`"${path}" ${found}`, cause);
  }
}

function createFakeError(found: string, cause?: unknown): TermiteError {
  return new TermiteError("invalid_config", `Cannot use TERMITE_FAKE_NVML: ${found}`, {
    hint: 'Unset TERMITE_FAKE_NVML, or write {"driverVersion": "580.65.06", "devices": []} or {"error": "…"} into the file',
    cause,
  });
}
