// The limits of the control group that this process runs in: processor time and memory, of version 1 and of version 2.
// A limit of any group above counts too, so the walk goes up to the root of the mount. Pure but for the reader it is given.
import { dirname, join } from "node:path";

export interface CgroupLimits {
  /** Cores' worth of time that the scheduler gives: 1.5. */
  cpuQuota?: number;
  memoryBytes?: number;
}

/** The text of a file of the machine, `undefined` when there is none. */
export type ReadText = (path: string) => string | undefined;

const ROOT = "/sys/fs/cgroup";
/** Above this a version 1 limit means "none": the kernel writes the largest multiple of a page. */
const NO_LIMIT_BYTES = 2 ** 60;

/** Lines of /proc/self/cgroup (cgroups(7)): `0::/user.slice` of version 2, `4:cpu,cpuacct:/docker/1f` of version 1. */
export function parseCgroup(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split("\n").flatMap((line): [string, string][] => {
      const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      if (controllers === undefined || path === undefined) return [];
      return controllers.split(",").map((controller) => [controller, path]);
    }),
  );
}

export function readCgroupLimits(readText: ReadText): CgroupLimits {
  const groups = parseCgroup(readText("/proc/self/cgroup") ?? "");
  const unified = groups.get("");
  const cpuQuota = findLeast([
    ...readUp(ROOT, unified, (folder) => parseCpuMax(readText(join(folder, "cpu.max")))),
    ...readUp(`${ROOT}/cpu`, groups.get("cpu"), (folder) => readOldQuota(readText, folder)),
  ]);
  const memoryBytes = findLeast([
    ...readUp(ROOT, unified, (folder) => parseBytes(readText(join(folder, "memory.max")))),
    ...readUp(`${ROOT}/memory`, groups.get("memory"), (folder) => parseBytes(readText(join(folder, "memory.limit_in_bytes")))),
  ]);
  return { ...(cpuQuota === undefined ? {} : { cpuQuota }), ...(memoryBytes === undefined ? {} : { memoryBytes }) };
}

/** `150000 100000`, `max 100000`: microseconds in each period. */
export function parseCpuMax(text: string | undefined): number | undefined {
  const [, quota, period] = /^(\d+) (\d+)\s*$/.exec(text ?? "") ?? [];
  return quota === undefined || Number(period) === 0 ? undefined : Number(quota) / Number(period);
}

/** `4294967296`, `max`, and version 1's `9223372036854771712` for none. */
export function parseBytes(text: string | undefined): number | undefined {
  const [digits] = /^\d+/.exec(text ?? "") ?? [];
  return digits === undefined || Number(digits) >= NO_LIMIT_BYTES ? undefined : Number(digits);
}

function readOldQuota(readText: ReadText, folder: string): number | undefined {
  const quota = Number.parseInt(readText(join(folder, "cpu.cfs_quota_us")) ?? "", 10);
  const period = Number.parseInt(readText(join(folder, "cpu.cfs_period_us")) ?? "", 10);
  return quota > 0 && period > 0 ? quota / period : undefined;
}

/** In a container the path may be the host's, which is not mounted there: then only the root of the mount answers. */
function readUp(
  mount: string,
  path: string | undefined,
  read: (folder: string) => number | undefined,
): (number | undefined)[] {
  if (path === undefined) return [];
  const own = read(join(mount, path));
  return path === "/" || path === "." ? [own] : [own, ...readUp(mount, dirname(path), read)];
}

function findLeast(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
