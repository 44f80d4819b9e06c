// How many cores there are and how many of them this process may keep busy.
import type { Verdict } from "../finding.ts";

export interface CoreFacts {
  /** Cores of the machine that are online. */
  online: number;
  /** Those that the affinity mask allows: as many threads an engine starts. */
  allowed: number;
  /** Cores' worth of time by the control group's quota. */
  quota?: number | undefined;
}

/** An engine starts a thread for each allowed core; with less time than that it is stopped again and again in every run. */
export function resolveCores({ online, allowed, quota }: CoreFacts): Verdict {
  const affinity = allowed < online ? `, ${allowed} of them allowed by the affinity mask` : "";
  const cores = `${online} ${online === 1 ? "core" : "cores"}${affinity}`;
  if (quota === undefined || quota >= allowed) return { status: "ok", found: cores };
  const whole = Math.max(1, Math.floor(quota));
  const [words, list] = whole === 1 ? ["one core", "0"] : [`${whole} cores`, `0-${whole - 1}`];
  return {
    status: "warn",
    found: `${cores}, time of ${Number(quota.toFixed(2))} by the control group's quota`,
    needed: `as many allowed cores as the quota has time for: engines start ${allowed} threads`,
    remedy: `Allow ${words}: "taskset -c ${list} termite serve", or --cpuset-cpus of the container`,
  };
}
