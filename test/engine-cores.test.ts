import { expect, test } from "bun:test";
import { parseAllowedCores, readCoreLimits, resolveEngineCores } from "../src/engine-cores.ts";

test.each([
  [{ allowed: 8 }, 8],
  [{ allowed: 2, quota: 4 }, 2],
  [{ allowed: 64, quota: 1 }, 1],
  [{ allowed: 64, quota: 1.4 }, 1],
  [{ allowed: 64, quota: 1.5 }, 2],
  [{ allowed: 64, quota: 0.2 }, 1],
  [{ allowed: 1, quota: 1.5 }, 1],
])("resolveEngineCores() of %p is %p", (limits, cores) => {
  expect(resolveEngineCores(limits)).toBe(cores);
});

test.each([
  ["Name:\tx\nCpus_allowed:\t3\nCpus_allowed_list:\t0-1\nMems_allowed:\t1\n", 2],
  ["Cpus_allowed_list:\t0-3,8,10-11\n", 7],
  ["Cpus_allowed_list:\t5\n", 1],
  ["Name:\tx\n", undefined],
])("parseAllowedCores() of %p is %p", (status, cores) => {
  expect(parseAllowedCores(status)).toBe(cores);
});

test("readCoreLimits() gives the affinity mask and the quota as the machine's files say them", () => {
  const files: Record<string, string> = {
    "/proc/self/status": "Cpus_allowed_list:\t0-63\n",
    "/proc/self/cgroup": "0::/pod\n",
    "/sys/fs/cgroup/pod/cpu.max": "150000 100000\n",
  };
  expect(readCoreLimits((path) => files[path])).toEqual({ allowed: 64, quota: 1.5 });
  expect(readCoreLimits(() => undefined)).toEqual({ allowed: navigator.hardwareConcurrency, quota: undefined });
});
