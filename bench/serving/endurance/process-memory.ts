// Memory of the server and of everything that it started, from the kernel. Linux only.
import { readdirSync, readFileSync } from "node:fs";

export interface ProcessMemory {
  pid: number;
  role: Role;
  rssMb: number;
  pssMb: number;
}

/** Short-lived children (an extraction, a tokenizer's check) are neither. */
export type Role = "server" | "runner" | "other";

/** Roles are summed: a runner that is being replaced is there twice for a moment. */
export interface MemorySample {
  /** Since the sampler was started. */
  ms: number;
  rssMb: Record<Role, number>;
  pssMb: Record<Role, number>;
}

export interface Sampler {
  readonly samples: readonly MemorySample[];
  take(): MemorySample;
  stop(): void;
}

const PARTS = /^(Rss|Pss):\s+(\d+) kB/gm;

/** Those that are there: a process may end between two looks. */
export function readMemory(serverPid: number): ProcessMemory[] {
  return listProcesses(serverPid).flatMap(({ pid, role }) => {
    const rollup = readProc(`${pid}/smaps_rollup`);
    if (rollup === undefined) return [];
    const parts = Object.fromEntries([...rollup.matchAll(PARTS)].map(([, name, kb]) => [name, (Number(kb) * 1024) / 1e6]));
    return [{ pid, role, rssMb: parts["Rss"] ?? NaN, pssMb: parts["Pss"] ?? NaN }];
  });
}

export function findRunners(serverPid: number): number[] {
  return listProcesses(serverPid).filter(({ role }) => role === "runner").map(({ pid }) => pid);
}

export function createSampler(serverPid: number, intervalMs: number): Sampler {
  const startedAt = performance.now();
  const samples: MemorySample[] = [];
  const take = (): MemorySample => {
    const sample = createSample(performance.now() - startedAt, readMemory(serverPid));
    samples.push(sample);
    return sample;
  };
  const timer = setInterval(take, intervalMs);
  return { samples, take, stop: () => clearInterval(timer) };
}

export function sumPss({ pssMb }: MemorySample): number {
  return pssMb.server + pssMb.runner + pssMb.other;
}

function createSample(ms: number, processes: readonly ProcessMemory[]): MemorySample {
  const sum = (part: "rssMb" | "pssMb", role: Role): number =>
    processes.reduce((total, found) => total + (found.role === role ? found[part] : 0), 0);
  const split = (part: "rssMb" | "pssMb"): Record<Role, number> =>
    ({ server: sum(part, "server"), runner: sum(part, "runner"), other: sum(part, "other") });
  return { ms, rssMb: split("rssMb"), pssMb: split("pssMb") };
}

function listProcesses(serverPid: number): { pid: number; role: Role }[] {
  const below = (pid: number): number[] => listChildren(pid).flatMap((child) => [child, ...below(child)]);
  return [{ pid: serverPid, role: "server" }, ...below(serverPid).map((pid) => ({ pid, role: resolveRole(pid) }))];
}

function resolveRole(pid: number): Role {
  return readProc(`${pid}/cmdline`)?.split("\0").includes("__runner") === true ? "runner" : "other";
}

/** Of all threads: a child belongs to the one that started it. */
function listChildren(pid: number): number[] {
  const threads = ignoreGone(() => readdirSync(`/proc/${pid}/task`)) ?? [];
  const lists = threads.map((thread) => readProc(`${pid}/task/${thread}/children`) ?? "");
  return lists.flatMap((list) => list.split(" ").filter((word) => word !== "").map(Number));
}

function readProc(path: string): string | undefined {
  return ignoreGone(() => readFileSync(`/proc/${path}`, "utf8"));
}

/** A process that has gone has no files. */
function ignoreGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) return undefined;
    throw error;
  }
}
