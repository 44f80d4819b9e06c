// Runs `termite doctor --json` of the compiled file and finds what a test asks for in its report.
import type { DoctorReport, Finding } from "../../src/doctor/finding.ts";
import { runTermite } from "./termite.ts";

/** Any free port, and no index is asked, unless the test says so. */
export const QUIET = { TERMITE_API_URL: "http://127.0.0.1:0", TERMITE_OFFLINE: "1" };

export interface DoctorOutcome {
  exitCode: number;
  report: DoctorReport;
}

export interface DoctorOptions {
  home: string;
  env?: Readonly<Record<string, string>>;
  args?: readonly string[];
}

export async function runDoctor({ home, env = {}, args = [] }: DoctorOptions): Promise<DoctorOutcome> {
  const { exitCode, stdout, stderr } = await runTermite(["doctor", "--json", ...args], { home, env: { ...QUIET, ...env } });
  if (!stdout.startsWith("{")) throw new Error(`no report:\n${stderr}`);
  return { exitCode, report: JSON.parse(stdout) as DoctorReport };
}

export function findFinding({ findings }: DoctorReport, id: string): Finding {
  const found = findings.find((finding) => finding.id === id);
  if (found === undefined) throw new Error(`no finding "${id}"`);
  return found;
}

/** "warn hardware.nvidia" of everything that is not ok. */
export function listBad({ findings }: DoctorReport): string[] {
  return findings.filter(({ status }) => status !== "ok").map(({ id, status }) => `${status} ${id}`);
}
