// One row of the table of checks.
import type { Examination } from "./examination.ts";
import type { Verdict } from "./finding.ts";

export interface Check {
  /** Stable: what stands before the dot is the group in the report. */
  id: string;
  /** `undefined`: there is nothing to say here. What it throws becomes a failed finding of this id. */
  run: (examination: Examination) => Promise<Verdict | undefined>;
}
