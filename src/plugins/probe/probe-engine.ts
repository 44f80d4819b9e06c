// The parent's side of the probe: an engine library is tried in a child, and whatever the child does is an outcome.
import * as v from "valibot";
import { createChildEnvironment } from "../../config/env.ts";
import { findAnswer } from "../child-process.ts";
import type { ChildOutcome, RunChild } from "../child-process.ts";
import type { ProbeAnswer } from "./journal.ts";
import { PROBE_STAGES } from "./probe-report.ts";
import type { ProbeOutcome, ProbeReport, ProbeRequest, ProbeStage } from "./probe-report.ts";
import { findLastWords, findLoggedReason, formatFound } from "./probe-words.ts";

export interface ProbeEngineOptions {
  /** Starts `termite __probe`: `createRunChild(childCommand("__probe"))`. */
  runChild: RunChild;
  /**
   * Of this process. What must not go down to a child is taken out, and what the engine needs is added. The rest goes
   * down as it is, `LD_LIBRARY_PATH` too: the probe has to see what a runner will see. libtpu without a TPU asks
   * Google's metadata server for over a minute: who knows of no chip adds `TPU_SKIP_MDS_QUERY=1`. With a chip that
   * takes its topology away.
   */
  environment: Readonly<Record<string, string>>;
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** A CPU engine answers within a second; a cold one from a slow disk on a busy machine within some ten. */
const CPU_TIMEOUT_MS = 60_000;
/** Gigabytes of CUDA libraries from a slow disk, or libtpu's start, which takes up to a minute. */
const DEVICE_TIMEOUT_MS = 180_000;

const ENGINE_ENVIRONMENT: Readonly<Record<ProbeRequest["engine"], Readonly<Record<string, string>>>> = {
  onnx: { ORT_DISABLE_TELEMETRY: "1" },
  // Abseil logs to fd 2 from the moment that the library is loaded; 3 leaves fatal errors.
  xla: { TF_CPP_MIN_LOG_LEVEL: "3" },
};

/** What a stage does, behind "it ended while". */
const DOING: Readonly<Record<ProbeStage, string>> = {
  load: "loading",
  version: "saying its version",
  client: "starting",
  devices: "listing devices",
  product: "multiplying matrices",
};

const ReportSchema = v.object({
  stage: v.picklist(PROBE_STAGES),
  version: v.exactOptional(v.string()),
  platform: v.exactOptional(v.string()),
  devices: v.array(v.string()),
  worstError: v.exactOptional(v.number()),
  compileMs: v.exactOptional(v.number()),
  runMs: v.exactOptional(v.number()),
  mapped: v.array(v.string()),
}) satisfies v.GenericSchema<unknown, ProbeReport>;

const AnswerSchema = v.object({
  report: v.exactOptional(ReportSchema),
  failure: v.exactOptional(v.string()),
}) satisfies v.GenericSchema<unknown, ProbeAnswer>;

/**
 * Loads the library in a child and multiplies two matrices on its device. Rejects only with an aborted signal's reason.
 * `reason` holds the linker's or the library's own words, so that a caller can look for what it knows in them.
 */
export async function probeEngine(request: ProbeRequest, options: ProbeEngineOptions): Promise<ProbeOutcome> {
  const { runChild, environment, signal } = options;
  const timeoutMs = options.timeoutMs ?? (request.device === "cpu" ? CPU_TIMEOUT_MS : DEVICE_TIMEOUT_MS);
  const child = await runChild(["engine", JSON.stringify(request)], {
    environment: createChildEnvironment(environment, ENGINE_ENVIRONMENT[request.engine]),
    timeoutMs,
    ...(signal === undefined ? {} : { signal }),
  });
  return resolveOutcome(child, { timeoutMs, last: request.until ?? "product" });
}

interface Asked {
  timeoutMs: number;
  /** The stage after which nothing more was asked. */
  last: ProbeStage;
}

/** A child that has finished the last stage has proved the engine, however it ended then. */
function resolveOutcome(child: ChildOutcome, { timeoutMs, last }: Asked): ProbeOutcome {
  const { report, failure } = readAnswer(child);
  const { ms } = child;
  const stage = report?.stage === last ? undefined : findStage(report);
  if (failure === undefined && stage === undefined && report !== undefined) return { ok: true, report, ms };
  const reason = failure === undefined ? formatEnd(child, timeoutMs, stage ?? "load") : formatFailure(failure, child);
  return { ok: false, stage: stage ?? "product", reason, ...(report === undefined ? {} : { report }), ms };
}

/** The stage after the last one that was finished; `undefined` when all were. */
function findStage(report: ProbeReport | undefined): ProbeStage | undefined {
  return PROBE_STAGES[report === undefined ? 0 : PROBE_STAGES.indexOf(report.stage) + 1];
}

/** Nothing, where the child gave no answer or one that cannot be read. */
function readAnswer({ stdout }: ChildOutcome): ProbeAnswer {
  const answer = v.safeParse(AnswerSchema, findAnswer(stdout));
  return answer.success ? answer.output : {};
}

function formatFailure(failure: string, { stderrTail }: ChildOutcome): string {
  const words = formatFound(failure);
  const logged = words.endsWith("Failed to load shared library") ? findLoggedReason(stderrTail) : undefined;
  return logged === undefined ? words : `${words}: ${logged}`;
}

function formatEnd(child: ChildOutcome, timeoutMs: number, stage: ProbeStage): string {
  const { isTimeout, signal, exitCode } = child;
  if (isTimeout) return `it did not answer within ${timeoutMs / 1000} s while ${DOING[stage]}`;
  const lastWords = findLastWords(child.stderrTail);
  const because = lastWords === "" ? "" : `: ${lastWords}`;
  if (signal === null && exitCode === null) return `the process that tries it cannot be started${because}`;
  return `it ended with ${signal ?? `exit code ${exitCode}`} while ${DOING[stage]}${because}`;
}
