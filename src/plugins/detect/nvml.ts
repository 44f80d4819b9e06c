// The parent's side of asking NVML: a child with a deadline, because a broken driver hangs or kills who asks it.
import { readFileSync, statSync } from "node:fs";
import { createChildEnvironment } from "../../config/env.ts";
import { findErrorCode, formatError, TermiteError } from "../../errors.ts";
import { findAnswer } from "../child-process.ts";
import type { ChildOutcome, RunChild } from "../child-process.ts";
import { parseNvmlAnswer } from "./nvml-answer.ts";
import type { NvmlAnswer } from "./nvml-answer.ts";
import type { System } from "./system.ts";

/** Hundreds of GPUs are far below this. */
const MAX_FAKE_BYTES = 1024 * 1024;

export interface ReadNvmlOptions {
  /** Starts `termite __probe`. */
  runChild: RunChild;
  timeoutMs: number;
}

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
  const outcome = await options.runChild(["nvml"], { environment, timeoutMs: options.timeoutMs });
  return parseOutcome(outcome, options.timeoutMs);
}

/** An answer counts however the child that gave it ended: drivers hang when they are left, too. */
function parseOutcome(outcome: ChildOutcome, timeoutMs: number): NvmlAnswer {
  const answer = findAnswer(outcome.stdout);
  if (answer === undefined) return { error: formatEnd(outcome, timeoutMs) };
  const parsed = parseNvmlAnswer(answer);
  return "answer" in parsed ? parsed.answer : { error: `an answer that makes no sense (${parsed.problems.join("; ")})` };
}

function formatEnd({ isTimeout, signal, exitCode, stderrTail }: ChildOutcome, timeoutMs: number): string {
  if (isTimeout) return `no answer within ${timeoutMs / 1000} s`;
  if (signal === null && exitCode === null) return `the process that asks it cannot be started: ${stderrTail}`;
  return `the process that asked it ended with ${signal ?? `exit code ${exitCode}`}`;
}

function readFakeNvml(path: string): NvmlAnswer {
  const parsed = parseNvmlAnswer(readJson(path));
  if ("answer" in parsed) return parsed.answer;
  throw createFakeError(`"${path}" holds ${parsed.problems.join("; ")}`);
}

function readJson(path: string): unknown {
  try {
    const found = statSync(path);
    // Reading a pipe or a device may never end.
    if (!found.isFile()) throw createFakeError(`"${path}" is not a regular file`);
    if (found.size > MAX_FAKE_BYTES) throw createFakeError(`"${path}" has ${found.size} bytes, the limit is ${MAX_FAKE_BYTES}`);
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    if (cause instanceof TermiteError) throw cause;
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
