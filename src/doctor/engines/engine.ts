// An engine that was asked to multiply two matrices in a child process: what it said, as a finding and for the report.
import { explainLoadFailure } from "../../runtime/load-failure.ts";
import type { ProbeOutcome } from "../../plugins/probe/probe-report.ts";
import type { Target } from "../../target.ts";
import type { TargetReport, Verdict } from "../finding.ts";

export type EngineFacts =
  | { kind: "probed"; target: Target; outcome: ProbeOutcome; isBundled: boolean }
  /** The library could not be had, or there is nothing to run it on. */
  | { kind: "unavailable"; target: Target; reason: string; remedy?: string | undefined; isBundled: boolean };

const PRODUCT = "two 128x128 matrices";
const PRODUCT_NUMBERS = "all 16,384 numbers right";

/** An engine that is inside, or that the configuration asks for, has to work. */
export function resolveEngine(facts: EngineFacts, isWanted: boolean): Verdict {
  const status = facts.isBundled || isWanted ? "fail" : "warn";
  const name = formatEngine(facts.target);
  if (facts.kind === "unavailable") {
    return createFailure(status, `${name} was not tried: ${facts.reason}`, facts.remedy);
  }
  const { outcome } = facts;
  if (outcome.ok) return { status: "ok", found: formatSuccess(name, outcome) };
  const remedy = outcome.hint ?? explainLoadFailure(outcome.reason)?.hint;
  return createFailure(status, `${name} failed at "${outcome.stage}": ${outcome.reason}`, remedy);
}

export function resolveTarget(facts: EngineFacts): TargetReport {
  if (facts.kind === "unavailable") return { ok: false, reason: facts.reason };
  const { outcome } = facts;
  const version = outcome.report?.version;
  return {
    ok: outcome.ok,
    ...(version === undefined ? {} : { version }),
    probeMs: Math.round(outcome.ms),
    ...(outcome.ok ? {} : { reason: outcome.reason }),
  };
}

function formatSuccess(name: string, { report, ms }: Extract<ProbeOutcome, { ok: true }>): string {
  const version = report.version === undefined ? "" : ` ${report.version}`;
  const device = report.devices.length === 0 ? "" : ` on ${[...new Set(report.devices)].join(", ")}`;
  if (report.stage !== "product") return `${name}${version} was loaded in ${Math.round(ms)} ms; no device to run on`;
  return `${name}${version} multiplied ${PRODUCT}${device} in ${Math.round(ms)} ms, ${PRODUCT_NUMBERS}`;
}

function createFailure(status: "fail" | "warn", found: string, remedy: string | undefined): Verdict {
  return { status, found, needed: `a product of ${PRODUCT}, ${PRODUCT_NUMBERS}`, remedy: remedy ?? "termite plugin list" };
}

function formatEngine(target: Target): string {
  return target.startsWith("onnx:") ? "ONNX Runtime" : "PJRT C API";
}
