// What the configuration asks the engines for: `require_target` and `backend_priority` against what can work here.
import type { Target } from "../../target.ts";
import type { Verdict } from "../finding.ts";
import type { TargetProblem } from "./usability.ts";

export function resolveRequireTarget(target: Target | undefined, problem: TargetProblem | undefined): Verdict {
  if (target === undefined) return { status: "ok", found: "require_target is not set" };
  if (problem === undefined) return { status: "ok", found: `require_target "${target}" can be used` };
  return {
    status: "fail",
    found: `require_target "${target}" cannot be used: ${problem.reason}`,
    needed: `a machine and a library that "${target}" works with, or no require_target`,
    remedy: problem.remedy,
  };
}

export interface PriorityFacts {
  targets: readonly Target[];
  /** Of those entries that cannot be used. */
  problems: readonly TargetProblem[];
  /** Those that a person named with their device. */
  named: readonly Target[];
}

/** Entries of the default list, and devices that a bare "onnx" stands for, may be absent; what was named may not. */
export function resolveBackendPriority({ targets, problems, named }: PriorityFacts): Verdict {
  const first = targets.find((target) => !problems.some((problem) => problem.target === target));
  if (first === undefined) {
    const found = `no entry of backend_priority can be used: ${formatProblems(problems)}`;
    return { status: "fail", found, needed: "at least one", ...findRemedy(problems) };
  }
  const asked = problems.filter(({ target }) => named.includes(target));
  if (asked.length === 0) return { status: "ok", found: `"${first}" is the first of backend_priority that can be used` };
  return {
    status: "fail",
    found: `backend_priority names what cannot be used: ${formatProblems(asked)}; "${first}" serves instead`,
    needed: "only devices that can be used",
    ...findRemedy(asked),
  };
}

function formatProblems(problems: readonly TargetProblem[]): string {
  return problems.map(({ target, reason }) => `"${target}": ${reason}`).join("; ");
}

/** The CPU needs no hardware, so what stands in its way is the nearest thing to mend. */
function findRemedy(problems: readonly TargetProblem[]): { remedy?: string } {
  const nearest = problems.find(({ target }) => target.endsWith(":cpu")) ?? problems[0];
  return nearest === undefined ? {} : { remedy: nearest.remedy };
}
