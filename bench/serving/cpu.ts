// CPU time of a process and all that it started, from the kernel.
import { readdirSync, readFileSync } from "node:fs";

interface Process {
  parent: number;
  seconds: number;
}

/** `USER_HZ`, in which `/proc` counts on every Linux. */
const TICKS_A_SECOND = 100;

/** Of the processes that live now. */
export function readCpuSeconds(root: number): number {
  const all = new Map<number, Process>();
  for (const name of readdirSync("/proc")) {
    const found = /^\d+$/.test(name) ? readProcess(name) : undefined;
    if (found) all.set(Number(name), found);
  }
  let seconds = 0;
  for (const [pid, process] of all) if (isWithin(all, pid, root)) seconds += process.seconds;
  return seconds;
}

function isWithin(all: ReadonlyMap<number, Process>, pid: number, root: number): boolean {
  for (let at: number | undefined = pid; at !== undefined && at > 0; at = all.get(at)?.parent) if (at === root) return true;
  return false;
}

/** Sample: "4242 (a name) S 1 4242 … utime stime …"; undefined when it has just ended. */
function readProcess(pid: string): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { parent: Number(fields[1]), seconds: (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND };
  } catch {
    // It ended between the two looks.
    return undefined;
  }
}
