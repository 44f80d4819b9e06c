// What a probe has found so far, told to the parent after each stage: a crash or a hang leaves the stage before it.
import { formatError } from "../../errors.ts";
import { formatAnswer } from "../child-process.ts";
import { readLoadedObjects } from "./loaded-objects.ts";
import type { ProbeReport, ProbeStage } from "./probe-report.ts";

/** The child's answer: the last one counts. */
export interface ProbeAnswer {
  report?: ProbeReport;
  /** Words of the error that ended the probe, as they were thrown. */
  failure?: string;
}

export interface Journal {
  finish(stage: ProbeStage, found?: Partial<Omit<ProbeReport, "stage" | "mapped">>): void;
  fail(error: unknown): void;
}

/** Made before anything is loaded; `write` reaches the parent before it returns. */
export function createJournal(write: (text: string) => void): Journal {
  const before = new Set(readLoadedObjects());
  let report: ProbeReport | undefined;
  const answer = (value: ProbeAnswer): void => write(formatAnswer(value));
  return {
    finish(stage, found) {
      const mapped = readLoadedObjects().filter((path) => !before.has(path));
      report = { devices: [], ...report, ...found, stage, mapped };
      answer({ report });
    },
    fail: (error) => answer({ ...(report === undefined ? {} : { report }), failure: formatError(error) }),
  };
}
