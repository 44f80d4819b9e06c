import { describe, expect, test } from "bun:test";
import { parseBytes, parseCgroup, parseCpuMax, readCgroupLimits } from "../src/cgroup.ts";

test("parseCgroup() gives the path of each controller when the lines are of version 1", () => {
  const text = "12:devices:/docker/1f\n4:cpu,cpuacct:/docker/1f\n1:name=systemd:/init.scope\n";
  expect([...parseCgroup(text)]).toEqual([
    ["devices", "/docker/1f"],
    ["cpu", "/docker/1f"],
    ["cpuacct", "/docker/1f"],
    ["name=systemd", "/init.scope"],
  ]);
});

test("parseCgroup() gives one path under no name when the line is of version 2", () => {
  expect([...parseCgroup("0::/user.slice/user-1000.slice\n")]).toEqual([["", "/user.slice/user-1000.slice"]]);
});

test.each([
  ["150000 100000\n", 1.5],
  ["50000 100000\n", 0.5],
  ["max 100000\n", undefined],
  ["100 0\n", undefined],
  ["", undefined],
  [undefined, undefined],
])("parseCpuMax() of %p is %p cores", (text, cores) => {
  expect(parseCpuMax(text)).toBe(cores);
});

test.each([
  ["4294967296\n", 4_294_967_296],
  ["max\n", undefined],
  ["9223372036854771712\n", undefined],
  [undefined, undefined],
])("parseBytes() of %p is %p", (text, sizeBytes) => {
  expect(parseBytes(text)).toBe(sizeBytes);
});

describe("readCgroupLimits()", () => {
  const read = (files: Record<string, string>) => readCgroupLimits((path) => files[path]);

  test("takes the least of all groups above when they are of version 2", () => {
    const files = {
      "/proc/self/cgroup": "0::/pod/web\n",
      "/sys/fs/cgroup/pod/web/cpu.max": "400000 100000\n",
      "/sys/fs/cgroup/pod/cpu.max": "150000 100000\n",
      "/sys/fs/cgroup/pod/web/memory.max": "max\n",
      "/sys/fs/cgroup/pod/memory.max": "2000000000\n",
    };
    expect(read(files)).toEqual({ cpuQuota: 1.5, memoryBytes: 2_000_000_000 });
  });

  test("looks at the root of the mount when the path is the host's, as in a container of version 1", () => {
    const files = {
      "/proc/self/cgroup": "7:memory:/docker/1f\n4:cpu,cpuacct:/docker/1f\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "1000000000\n",
    };
    expect(read(files)).toEqual({ cpuQuota: 2, memoryBytes: 1_000_000_000 });
  });

  test("gives nothing when version 1 says -1 and no limit", () => {
    const files = {
      "/proc/self/cgroup": "7:memory:/\n4:cpu,cpuacct:/\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
    };
    expect(read(files)).toEqual({});
  });

  test("gives nothing when there are no control groups", () => {
    expect(read({})).toEqual({});
  });
});
