// How many cores there are and how many of them engines keep busy.
import { resolveEngineCores } from "../../engine-cores.ts";
import type { CoreLimits } from "../../engine-cores.ts";
import type { Verdict } from "../finding.ts";

export interface CoreFacts extends CoreLimits {
  /** Cores of the machine that are online. */
  online: number;
}

/** With less than one core's time even one thread is stopped in every period, the server's own among them. */
export function resolveCores({ online, allowed, quota }: CoreFacts): Verdict {
  const affinity = allowed < online ? `, ${allowed} of them allowed by the affinity mask` : "";
  const cores = `${online} ${online === 1 ? "core" : "cores"}${affinity}`;
  if (quota === undefined || quota >= allowed) return { status: "ok", found: cores };
  const threads = resolveEngineCores({ allowed, quota });
  const use = `engines start ${threads} ${threads === 1 ? "thread" : "threads"}`;
  const found = `${cores}, time of ${Number(quota.toFixed(2))} by the control group's quota: ${use}`;
  if (quota >= 1) return { status: "ok", found };
  const needed = "time of one core: with less every thread is stopped many times a second";
  return { status: "warn", found, needed, remedy: "Raise the quota, as --cpus of the container does" };
}
