import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findGlibcVersion, parseGlibcBanner } from "../../../src/plugins/detect/libc.ts";
import { findLibstdcxx, parseNewestGlibcxx } from "../../../src/plugins/detect/libstdcxx.ts";
import { detectPlatform, formatPlatform } from "../../../src/plugins/detect/platform.ts";
import { createSystem } from "../../../src/plugins/detect/system.ts";
import type { SystemName } from "../../fixtures/systems/systems.ts";
import { writeSystem } from "../../fixtures/systems/write.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "termite-platform-"));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

function createFixture(name: SystemName, arch: string) {
  const { environment } = writeSystem(name, mkdtempSync(join(FOLDER, `${name}-`)));
  return createSystem({ environment, platform: { os: "linux", arch } });
}

describe("detectPlatform()", () => {
  test.each([
    ["no-gpu", "x64", "glibc"],
    ["musl", "x64", "musl"],
    // No C library at a usual place, as on NixOS.
    ["jetson", "arm64", undefined],
  ] as const)("finds the C library of %s", (name, arch, libc) => {
    expect(detectPlatform(createFixture(name, arch))).toEqual({ os: "linux", arch, libc });
  });

  test("asks for no C library when the system is not Linux", () => {
    const system = createSystem({ environment: {}, platform: { os: "darwin", arch: "arm64" }, root: FOLDER });
    expect(detectPlatform(system)).toEqual({ os: "darwin", arch: "arm64", libc: undefined });
  });
});

describe("formatPlatform()", () => {
  test("names musl only", () => {
    expect(formatPlatform({ os: "linux", arch: "x64", libc: "glibc" })).toBe("linux-x64");
    expect(formatPlatform({ os: "linux", arch: "x64", libc: "musl" })).toBe("linux-x64 with musl");
  });
});

describe("findGlibcVersion()", () => {
  test("reads the banner of libc.so.6", () => expect(findGlibcVersion(createFixture("no-gpu", "x64"))).toBe("2.36"));
  test("finds none when there is no glibc", () => expect(findGlibcVersion(createFixture("musl", "x64"))).toBeUndefined());
});

describe("parseGlibcBanner()", () => {
  test.each([
    ["GNU C Library (Ubuntu GLIBC 2.35-0ubuntu3.8) stable release version 2.35.\n", "2.35"],
    ["\0GNU C Library (GNU libc) stable release version 2.28.\n", "2.28"],
    ["GNU C Library (GNU libc) development release version 2.41.9000.\n", "2.41"],
    ["musl libc (x86_64)\nVersion 1.2.5", undefined],
  ])("parses %p", (text, expected) => expect(parseGlibcBanner(text)).toBe(expected));
});

describe("findLibstdcxx()", () => {
  test("finds the newest symbol version of the library", () => {
    expect(findLibstdcxx(createFixture("no-gpu", "x64"))).toEqual({
      path: "/usr/lib/x86_64-linux-gnu/libstdc++.so.6", newestVersion: "3.4.30",
    });
  });
  test("finds none when there is no C++ library", () => {
    expect(findLibstdcxx(createFixture("musl", "x64"))).toBeUndefined();
  });
});

describe("parseNewestGlibcxx()", () => {
  test("counts 3.4.30 as newer than 3.4.9", () => {
    expect(parseNewestGlibcxx("GLIBCXX_3.4.9\0GLIBCXX_3.4.30\0GLIBCXX_3.4.22\0GLIBCXX_TUNABLES\0")).toBe("3.4.30");
    expect(parseNewestGlibcxx("CXXABI_1.3.13")).toBeUndefined();
  });
});
