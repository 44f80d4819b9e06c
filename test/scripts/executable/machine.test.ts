import { expect, test } from "bun:test";
import { join } from "node:path";
import { readAssetLock, resolveContentPath, resolvePackage } from "../../../scripts/executable/asset-lock.ts";
import type { PlatformName } from "../../../scripts/executable/asset-lock.ts";
import { checkMachine, findPlatform } from "../../../scripts/executable/machine.ts";
import { parseLibraryHeader } from "../../../src/plugins/search/library-header.ts";

const ROOT = join(import.meta.dir, "..", "..", "..");

function createHeader(write: (view: DataView) => void): Uint8Array {
  const view = new DataView(new ArrayBuffer(256));
  write(view);
  return new Uint8Array(view.buffer);
}

const elf = (machine: number, bits: 32 | 64 = 64) =>
  createHeader((view) => {
    view.setUint32(0, 0x7f454c46);
    view.setUint16(4, bits === 64 ? 0x0201 : 0x0101);
    view.setUint16(18, machine, true);
  });
const machO = (cpu: number) => createHeader((view) => (view.setUint32(0, 0xcffaedfe), view.setUint32(4, cpu, true)));
const pe = (machine: number, offset = 128) =>
  createHeader((view) => {
    view.setUint16(0, 0x4d5a);
    view.setUint32(60, offset, true);
    if (offset + 6 > view.byteLength) return;
    view.setUint32(offset, 0x50450000);
    view.setUint16(offset + 4, machine, true);
  });

test.each([
  ["ELF for x86-64", elf(62), "linux-x64"],
  ["ELF for AArch64", elf(183), "linux-arm64"],
  ["ELF for RISC-V", elf(243), undefined],
  ["ELF of 32 bits (x32)", elf(62, 32), undefined],
  ["Mach-O for arm64", machO(0x0100000c), "darwin-arm64"],
  ["Mach-O for x86-64", machO(0x01000007), undefined],
  ["PE for x86-64", pe(0x8664), "windows-x64"],
  ["PE for ARM64", pe(0xaa64), undefined],
  ["PE whose header lies elsewhere", pe(0x8664, 1000), undefined],
  ["DOS program", createHeader((view) => view.setUint16(0, 0x4d5a)), undefined],
  ["text", new TextEncoder().encode("#!/bin/sh\n".repeat(20)), undefined],
  ["nothing", new Uint8Array(), undefined],
] as const)("findPlatform() says whose it is: %s", (_, header, expected) => {
  expect(findPlatform(parseLibraryHeader(header))).toBe(expected);
});

const lock = await readAssetLock(join(ROOT, "assets.lock.json"));
const PLATFORMS = Object.keys(lock.platforms) as PlatformName[];

test.each(PLATFORMS)("checkMachine() accepts each installed library of %s there, and nowhere else", async (platform) => {
  const entries = lock.platforms[platform].assets.flatMap((asset) => asset.entries);
  const installed = entries.filter((entry) => resolvePackage(lock, entry.package).source === "npm");
  expect(installed).toHaveLength(2);
  for (const entry of installed) {
    const path = resolveContentPath(resolvePackage(lock, entry.package), entry, { root: ROOT, cache: "" });
    await checkMachine(path, platform);
    for (const other of PLATFORMS.filter((name) => name !== platform)) {
      const found = `Cannot build for "${other}": "${path}" is for "${platform}"`;
      await expect(checkMachine(path, other)).rejects.toThrow(found);
    }
  }
});
