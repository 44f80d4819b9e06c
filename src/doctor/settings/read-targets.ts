// Puts together what is known of a target from the looks that other checks take too.
import type { Target } from "../../target.ts";
import type { Examination } from "../examination.ts";
import type { PriorityFacts } from "./targets.ts";
import { findProblem } from "./usability.ts";
import type { TargetProblem } from "./usability.ts";

export async function readProblem(examination: Examination, target: Target): Promise<TargetProblem | undefined> {
  const [hardware, search, engine] = await Promise.all([
    examination.detectHardware(),
    examination.search(target),
    examination.engine(target),
  ]);
  return findProblem({ target, hardware, search, engine });
}

export async function readPriority(examination: Examination): Promise<PriorityFacts> {
  const targets = examination.loaded.config.backendPriority;
  const problems = await Promise.all(targets.map((target) => readProblem(examination, target)));
  return {
    targets,
    problems: problems.filter((problem) => problem !== undefined),
    named: examination.loaded.namedTargets,
  };
}
