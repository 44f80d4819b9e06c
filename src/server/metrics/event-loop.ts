// How long the server's event loop has computed, and has waited for a core while it had something to do: what a request costs
// there, and whether refusals and health checks have to wait. Read when somebody asks; nothing ticks for it.
import { readFileSync } from "node:fs";

export interface EventLoopTimes {
  busySeconds: number;
  /** Ready to run, and every core was somebody else's. */
  starvedSeconds: number;
}

/** `5150403 44679928 3` of /proc/<pid>/task/<tid>/schedstat: nanoseconds on a core and in the run queue, time slices. */
export function parseSchedstat(text: string): EventLoopTimes | undefined {
  const [, busy, starved] = /^(\d+) (\d+) \d+\s*$/.exec(text) ?? [];
  if (busy === undefined || starved === undefined) return undefined;
  return { busySeconds: Number(busy) / 1e9, starvedSeconds: Number(starved) / 1e9 };
}

/** Of the main thread, whose id is the process's; `undefined` where the kernel does not count it. */
export function readEventLoopTimes(): EventLoopTimes | undefined {
  try {
    return parseSchedstat(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8"));
  } catch {
    // Not on Linux, or a kernel without it: then there is no such figure.
    return undefined;
  }
}
