// How many threads an engine gets: as many as this process may keep busy, by its affinity mask and its control group.
import { readCgroupLimits } from "./cgroup.ts";
import type { ReadText } from "./cgroup.ts";

export interface CoreLimits {
  /** Cores that the affinity mask allows. */
  allowed: number;
  /** Cores' worth of time by the control group's quota. */
  quota?: number | undefined;
}

/** Not by `hardwareConcurrency` where there is a better answer: Bun rounds a quota of 1.5 down to one core there. */
export function readCoreLimits(readText: ReadText): CoreLimits {
  const allowed = parseAllowedCores(readText("/proc/self/status") ?? "") ?? navigator.hardwareConcurrency;
  return { allowed, quota: readCgroupLimits(readText).cpuQuota };
}

/** `Cpus_allowed_list:\t0-3,8` of proc_pid_status(5) is five. */
export function parseAllowedCores(status: string): number | undefined {
  const [, list] = /^Cpus_allowed_list:\s*([\d,-]+)$/m.exec(status) ?? [];
  if (list === undefined) return undefined;
  return list.split(",").reduce((sum, range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return sum + last - first + 1;
  }, 0);
}

/**
 * The nearest whole number, at least one: a thread too many stops all threads for a part of each period, a thread too few
 * leaves time unused, and rounding makes either at most half a core. 1.5 is two.
 */
export function resolveEngineCores({ allowed, quota = allowed }: CoreLimits): number {
  return Math.max(1, Math.min(allowed, Math.round(quota)));
}
