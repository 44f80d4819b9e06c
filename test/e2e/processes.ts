// Which processes work for a home, whoever their parent is by now.
import { readdirSync, readFileSync } from "node:fs";

/** Pids of processes whose HOME is `home`. */
export function listProcessesOf(home: string): number[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && readEnvironment(name).includes(`HOME=${home}`)).map(Number);
}

function readEnvironment(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    // It ended meanwhile, or is not ours.
    return [];
  }
}
