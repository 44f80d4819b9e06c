// Which process has a device open, by the links in `/proc/<pid>/fd`. Other users' processes can be seen by root only.
import type { System } from "./system.ts";

export interface Holder {
  pid: number;
  /** `comm`: the first 15 characters of the program's name. */
  name: string;
}

/** The process with the lowest id that has one of `nodes` open. */
export function findHolder(system: System, nodes: readonly string[]): Holder | undefined {
  const held = new Set(nodes);
  const pid = system.readFolder("/proc").filter((name) => /^\d+$/.test(name)).find((id) => hasOpen(system, id, held));
  if (pid === undefined) return undefined;
  return { pid: Number(pid), name: (system.readText(`/proc/${pid}/comm`) ?? "").trim() || "unknown" };
}

function hasOpen(system: System, pid: string, nodes: ReadonlySet<string>): boolean {
  const folder = `/proc/${pid}/fd`;
  return system.readFolder(folder).some((fd) => nodes.has(system.findLink(`${folder}/${fd}`) ?? ""));
}
