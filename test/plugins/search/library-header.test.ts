import { describe, expect, test } from "bun:test";
import { findHeaderMismatch, parseLibraryHeader } from "../../../src/plugins/search/library-header.ts";
import { createElf, createMachO, createPe } from "./library-tree.ts";

const LINUX = { os: "linux", arch: "x64" };

describe("parseLibraryHeader()", () => {
  test.each([
    ["ELF for x86-64", createElf(62), { format: "ELF", machine: "x86-64" }],
    ["ELF for aarch64", createElf(183), { format: "ELF", machine: "aarch64" }],
    ["ELF of a machine that nobody here has", createElf(243), { format: "ELF", machine: "machine 243" }],
    ["32-bit ELF", createElf(3, 32), { format: "32-bit ELF", machine: "x86" }],
    ["Mach-O", createMachO(0x0100000c), { format: "Mach-O", machine: "aarch64" }],
    ["universal Mach-O", Uint8Array.of(0xca, 0xfe, 0xba, 0xbe, ...new Uint8Array(60)), { format: "Mach-O", machine: "any" }],
    ["PE", createPe(0x8664), { format: "PE", machine: "x86-64" }],
    ["MZ without PE", Uint8Array.of(0x4d, 0x5a, ...new Uint8Array(80)), undefined],
    ["MZ whose PE header lies behind what was read", createPe(0x8664).subarray(0, 0x82), undefined],
    ["text", new TextEncoder().encode("#!/bin/sh\n".repeat(20)), undefined],
    ["a cut header", createElf(62).subarray(0, 63), undefined],
    ["nothing", new Uint8Array(), undefined],
  ] as const)("says what it is when given %s", (_, bytes, header) => {
    expect(parseLibraryHeader(bytes)).toEqual(header);
  });
});

describe("findHeaderMismatch()", () => {
  test.each([
    ["right", createElf(62), LINUX, undefined],
    ["of another processor", createElf(183), LINUX, "an ELF library for aarch64, need an ELF library for x86-64"],
    ["of x86-64 on arm", createElf(62), { os: "linux", arch: "arm64" }, "an ELF library for x86-64, need an ELF library for aarch64"],
    ["of 32 bits", createElf(62, 32), LINUX, "a 32-bit ELF library for x86-64, need an ELF library for x86-64"],
    ["of Windows", createPe(0x8664), LINUX, "a PE library for x86-64, need an ELF library for x86-64"],
    ["no library", new Uint8Array(100), LINUX, "no library, need an ELF library for x86-64"],
    ["right on a Mac", createMachO(0x0100000c), { os: "darwin", arch: "arm64" }, undefined],
    ["of an old Mac", createMachO(0x01000007), { os: "darwin", arch: "arm64" }, "a Mach-O library for x86-64, need a Mach-O library for aarch64"],
    ["right on Windows", createPe(0x8664), { os: "win32", arch: "x64" }, undefined],
    ["of Linux on Windows", createElf(62), { os: "win32", arch: "x64" }, "an ELF library for x86-64, need a PE library for x86-64"],
  ] as const)("names both sides when the library is %s", (_, bytes, platform, reason) => {
    expect(findHeaderMismatch(parseLibraryHeader(bytes), platform)).toBe(reason);
  });
});
