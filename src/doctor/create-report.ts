// Runs the checks side by side and puts the report together in the table's order; a check that throws hides no other.
import { formatError } from "../errors.ts";
import type { SearchPlace } from "../plugins/search/search-result.ts";
import { TARGETS } from "../target.ts";
import type { Target } from "../target.ts";
import type { Check } from "./check.ts";
import { resolveTarget } from "./engines/engine.ts";
import type { Examination } from "./examination.ts";
import type { DoctorReport, Finding, TargetReport } from "./finding.ts";
import { resolveRemedy } from "./remedy.ts";

/** Rejects only with the reason of an aborted signal. `onDone` is called with each check's id as it ends. */
export async function createReport(
  examination: Examination,
  checks: readonly Check[],
  onDone: (id: string) => void,
): Promise<DoctorReport> {
  const [findings, targets, search] = await Promise.all([
    Promise.all(checks.map((check) => runCheck(check, examination, onDone))),
    readTargets(examination),
    readPlaces(examination),
  ]);
  examination.signal?.throwIfAborted();
  return {
    findings: findings.filter((finding) => finding !== undefined),
    targets: Object.fromEntries(targets),
    search: Object.fromEntries(search),
  };
}

/** Exit code of the command: 1 when something that was asked for, or that every machine needs, does not work. */
export function resolveExitCode({ findings }: DoctorReport): number {
  return findings.some(({ status }) => status === "fail") ? 1 : 0;
}

async function runCheck(
  check: Check,
  examination: Examination,
  onDone: (id: string) => void,
): Promise<Finding | undefined> {
  try {
    const verdict = await check.run(examination);
    return verdict === undefined ? undefined : { id: check.id, ...verdict };
  } catch (error) {
    // No report is given: the others end as well, and have cleaned up after themselves by then.
    if (examination.signal?.aborted === true) return undefined;
    return createFailure(check.id, error);
  } finally {
    onDone(check.id);
  }
}

function createFailure(id: string, error: unknown): Finding {
  const needed = "an answer from this check";
  return { id, status: "fail", found: formatError(error), needed, remedy: resolveRemedy(error) };
}

async function readTargets({ engine }: Examination): Promise<[Target, TargetReport][]> {
  const facts = await Promise.all(TARGETS.map((target) => engine(target).catch(formatFailure)));
  return facts.flatMap((fact, index): [Target, TargetReport][] => {
    const target = TARGETS[index];
    if (fact === undefined || target === undefined) return [];
    return [[target, typeof fact === "string" ? { ok: false, reason: fact } : resolveTarget(fact)]];
  });
}

async function readPlaces({ search }: Examination): Promise<[Target, readonly SearchPlace[]][]> {
  // A walk that threw is the failed finding of its check.
  const results = await Promise.allSettled(TARGETS.map((target) => search(target)));
  return results.flatMap((result): [Target, readonly SearchPlace[]][] =>
    result.status === "fulfilled" ? [[result.value.target, result.value.places]] : [],
  );
}

const formatFailure = (error: unknown): string => formatError(error);
