// The decisions over the facts of a machine, on their whole texts.
import { describe, expect, test } from "bun:test";
import type { Verdict } from "../../../src/doctor/finding.ts";
import { resolveCores } from "../../../src/doctor/machine/cores.ts";
import type { CoreFacts } from "../../../src/doctor/machine/cores.ts";
import { resolveGlibc } from "../../../src/doctor/machine/glibc.ts";
import type { GlibcFacts } from "../../../src/doctor/machine/glibc.ts";
import { resolveLibstdcxx } from "../../../src/doctor/machine/libstdcxx.ts";
import type { LibstdcxxFacts } from "../../../src/doctor/machine/libstdcxx.ts";
import { resolveMemory } from "../../../src/doctor/machine/memory.ts";
import { resolvePlatform } from "../../../src/doctor/machine/platform.ts";

const LINUX = { os: "linux", arch: "x64", libc: "glibc" } as const;
const ARM = { ...LINUX, arch: "arm64" } as const;

test.each([
  [{ isContainer: false, isWsl: false }, "linux-x64, kernel 6.1.0-18-amd64"],
  [{ isContainer: true, isWsl: false }, "linux-x64, kernel 6.1.0-18-amd64, in a container"],
  [{ isContainer: false, isWsl: true }, "linux-x64, kernel 6.1.0-18-amd64, on Windows Subsystem for Linux"],
])("resolvePlatform() of %p says what it is", (facts, found) => {
  expect(resolvePlatform({ platform: LINUX, kernel: "6.1.0-18-amd64", ...facts })).toEqual({ status: "ok", found });
});

describe("resolveCores()", () => {
  const cases: [CoreFacts, Verdict][] = [
    [{ online: 1, allowed: 1 }, { status: "ok", found: "1 core" }],
    [{ online: 8, allowed: 8, quota: 8 }, { status: "ok", found: "8 cores" }],
    [{ online: 8, allowed: 2, quota: 4 }, { status: "ok", found: "8 cores, 2 of them allowed by the affinity mask" }],
    [
      { online: 8, allowed: 8, quota: 1.5 },
      { status: "ok", found: "8 cores, time of 1.5 by the control group's quota: engines start 2 threads" },
    ],
    [
      { online: 8, allowed: 6, quota: 3 },
      {
        status: "ok",
        found: "8 cores, 6 of them allowed by the affinity mask, time of 3 by the control group's quota: engines start 3 threads",
      },
    ],
    [
      { online: 8, allowed: 8, quota: 0.5 },
      {
        status: "warn",
        found: "8 cores, time of 0.5 by the control group's quota: engines start 1 thread",
        needed: "time of one core: with less every thread is stopped many times a second",
        remedy: "Raise the quota, as --cpus of the container does",
      },
    ],
  ];
  test.each(cases)("of %p says how many are kept busy", (facts, verdict) => {
    expect(resolveCores(facts)).toEqual(verdict);
  });
});

test.each([
  [{ totalBytes: 16e9, freeBytes: 12e9 }, "16.0 GB, 12.0 GB free"],
  [{ totalBytes: 16e9, freeBytes: 12e9, limitBytes: 16e9 }, "16.0 GB, 12.0 GB free"],
  [{ totalBytes: 64e9, freeBytes: 12e9, limitBytes: 2e9 }, "2.0 GB by the control group's limit; the machine has 64.0 GB, 12.0 GB free"],
])("resolveMemory() of %p says how much there is", (facts, found) => {
  expect(resolveMemory(facts)).toEqual({ status: "ok", found });
});

describe("resolveGlibc()", () => {
  const cases: [GlibcFacts, Verdict][] = [
    [{ platform: LINUX, version: "2.36", isReplaced: false }, { status: "ok", found: "glibc 2.36" }],
    [{ platform: LINUX, version: "2.28", isReplaced: false }, { status: "ok", found: "glibc 2.28" }],
    [
      { platform: LINUX, version: "2.27", isReplaced: false },
      { status: "fail", found: "glibc 2.27", needed: "glibc 2.28 or newer", remedy: "Use a newer release of this system" },
    ],
    [{ platform: ARM, version: "2.30", isReplaced: false }, { status: "ok", found: "glibc 2.30" }],
    [
      { platform: ARM, version: "2.28", isReplaced: false },
      { status: "fail", found: "glibc 2.28", needed: "glibc 2.30 or newer", remedy: "Use a newer release of this system" },
    ],
    [
      { platform: { ...LINUX, libc: "musl" }, isReplaced: false },
      {
        status: "fail",
        found: "this system uses musl",
        needed: "glibc 2.28 or newer",
        remedy: "Use a system with glibc, such as Debian, Ubuntu or Fedora",
      },
    ],
    [
      { platform: LINUX, isReplaced: false },
      { status: "warn", found: "found no version of glibc", needed: "glibc 2.28 or newer", remedy: "ldd --version" },
    ],
    [{ platform: LINUX, isReplaced: true }, { status: "ok", found: "no C library in the tree of TERMITE_SYSTEM_ROOT" }],
    [{ platform: { os: "darwin", arch: "arm64" }, isReplaced: false }, { status: "ok", found: "not used on darwin" }],
  ];
  test.each(cases)("of %p says whether the engines can be loaded", (facts, verdict) => {
    expect(resolveGlibc(facts)).toEqual(verdict);
  });
});

describe("resolveLibstdcxx()", () => {
  const path = "/usr/lib/x86_64-linux-gnu/libstdc++.so.6";
  const needed = "libstdc++.so.6 with GLIBCXX_3.4.22";
  const cases: [LibstdcxxFacts, Verdict][] = [
    [{ os: "linux", isReplaced: false, path, newest: "3.4.30" }, { status: "ok", found: `${path}, GLIBCXX_3.4.30` }],
    [
      { os: "linux", isReplaced: false, path, newest: "3.4.9" },
      { status: "fail", found: `${path}, GLIBCXX_3.4.9`, needed, remedy: "Use a newer release of this system" },
    ],
    [
      { os: "linux", isReplaced: false },
      {
        status: "fail",
        found: '"libstdc++.so.6" is not installed',
        needed,
        remedy: 'Install it: "apt-get install libstdc++6" or "dnf install libstdc++"',
      },
    ],
    [
      { os: "linux", isReplaced: false, path },
      { status: "warn", found: `"${path}" names no version`, needed, remedy: "Reinstall the package that holds it" },
    ],
    [{ os: "linux", isReplaced: true }, { status: "ok", found: "no C++ library in the tree of TERMITE_SYSTEM_ROOT" }],
    [{ os: "darwin", isReplaced: false }, { status: "ok", found: "not used on darwin" }],
  ];
  test.each(cases)("of %p says whether the engines can be loaded", (facts, verdict) => {
    expect(resolveLibstdcxx(facts)).toEqual(verdict);
  });
});
