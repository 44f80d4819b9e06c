// An engine that was asked to multiply two matrices in a child process: what it said, as a finding and for the report.
import { explainLoadFailure } from "../../runtime/load-failure.ts";
import type { ProbeOutcome } from "../../plugins/probe/probe-report.ts";
import type { Target } from "../../target.ts";
import type { FindingStatus, TargetReport, Verdict } from "../finding.ts";
import { formatForeign } from "./foreign-objects.ts";

type FailedOutcome = Extract<ProbeOutcome, { ok: false }>;

interface CommonFacts {
  target: Target;
  isBundled: boolean;
  /** Of a library of a person's own that was tried first: the bundled one, which all the rest is about, serves instead. */
  own?: FailedOutcome;
}

export interface ProbedFacts extends CommonFacts {
  kind: "probed";
  outcome: ProbeOutcome;
  /** Shared objects that came with it from outside its own folder. */
  foreign: readonly string[];
}

/** The library could not be had, or there is nothing to run it on. */
export interface UnavailableFacts extends CommonFacts {
  kind: "unavailable";
  reason: string;
  remedy?: string | undefined;
}

export type EngineFacts = ProbedFacts | UnavailableFacts;

const PRODUCT = "two 128x128 matrices";
const PRODUCT_NUMBERS = "all 16,384 numbers right";
const NEEDED = `a product of ${PRODUCT}, ${PRODUCT_NUMBERS}`;

/** An engine that is inside, or that the configuration asks for, has to work. */
export function resolveEngine(facts: EngineFacts, isWanted: boolean): Verdict {
  const failed = isWanted || isExpected(facts) ? "fail" : "warn";
  const { own } = facts;
  const { status, found, remedy } = resolveServing(facts, failed);
  if (own === undefined) return status === "ok" ? { status, found } : { status, found, needed: NEEDED, remedy };
  const failure = formatFailure(facts.target, own);
  if (status !== "ok") return { status, found: `${failure}; the library inside: ${found}`, needed: NEEDED, remedy };
  return {
    status: "warn",
    found: `${failure}; the library inside serves instead: ${found}`,
    needed: NEEDED,
    remedy: explainEngine(own, false) ?? "Mend or remove that library",
  };
}

/** A server of this build runs on one engine only; the other is not worth a failure where there is no room for it. */
function isExpected({ kind, target, isBundled }: EngineFacts): boolean {
  return isBundled && (kind === "probed" || target === "onnx:cpu");
}

/** Parts of ONNX Runtime that it opens beside itself: `libonnxruntime_providers_shared.so: cannot open shared …`. */
const PART = /(libonnxruntime_providers_\w+\.so): cannot open shared object file/;

/** What a person can do about a library that failed; `undefined` when its words say nothing that is known. */
export function explainEngine({ reason }: FailedOutcome, isBundled: boolean): string | undefined {
  const part = PART.exec(reason)?.[1];
  if (part !== undefined) return `Put "${part}" beside the library: both come in one package`;
  const known = explainLoadFailure(reason)?.hint;
  if (known !== undefined || !isBundled) return known;
  if (/\bSIGKILL\b/.test(reason)) return 'Allow more memory: "dmesg" says whether the kernel killed it for want of some';
  return 'Report what "termite doctor --json" prints: this library is inside the executable';
}

export function resolveTarget(facts: EngineFacts): TargetReport {
  if (facts.kind === "unavailable") return { ok: false, reason: facts.reason };
  const { outcome, foreign } = facts;
  const version = outcome.report?.version;
  return {
    ok: outcome.ok,
    ...(version === undefined ? {} : { version }),
    probeMs: Math.round(outcome.ms),
    ...(outcome.ok ? {} : { reason: outcome.reason }),
    mapped: foreign,
  };
}

interface Serving {
  status: FindingStatus;
  found: string;
  remedy: string;
}

function resolveServing(facts: EngineFacts, failed: "fail" | "warn"): Serving {
  const remedy = "termite plugin list";
  if (facts.kind === "unavailable") {
    const found = `${formatEngine(facts.target)} was not tried: ${facts.reason}`;
    return { status: failed, found, remedy: facts.remedy ?? remedy };
  }
  const { outcome, target } = facts;
  if (outcome.ok) return { status: "ok", found: formatSuccess(facts, outcome), remedy };
  return { status: failed, found: formatFailure(target, outcome), remedy: explainEngine(outcome, facts.isBundled) ?? remedy };
}

type GoodOutcome = Extract<ProbeOutcome, { ok: true }>;

function formatSuccess({ target, foreign }: ProbedFacts, { report, ms }: GoodOutcome): string {
  const version = report.version === undefined ? "" : ` ${report.version}`;
  const device = report.devices.length === 0 ? "" : ` on ${[...new Set(report.devices)].join(", ")}`;
  const others = foreign.length === 0 ? "" : `, with ${formatForeign(foreign)}`;
  const engine = `${formatEngine(target)}${version}`;
  return `${engine} multiplied ${PRODUCT}${device} in ${Math.round(ms)} ms, ${PRODUCT_NUMBERS}${others}`;
}

function formatFailure(target: Target, { stage, reason }: FailedOutcome): string {
  return `${formatEngine(target)} failed at "${stage}": ${reason}`;
}

function formatEngine(target: Target): string {
  return target.startsWith("onnx:") ? "ONNX Runtime" : "PJRT C API";
}
