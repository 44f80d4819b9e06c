// Which platform a library or program is for, read from its own header: nothing of another machine gets into a build.
import { open } from "node:fs/promises";
import type { PlatformName } from "./asset-lock.ts";

const HEADER_BYTES = 4096;
/** ELF: `e_machine` at 18. Mach-O, 64 bit: `cputype` at 4. PE: offset of "PE\0\0" at 60, then the machine. */
const ELF = { magic: 0x464c457f, machineOffset: 18, x64: 62, arm64: 183 };
const MACH_O = { magic: 0xfeedfacf, machineOffset: 4, arm64: 0x0100000c };
const PE = { dosMagic: 0x5a4d, headerOffset: 60, magic: 0x00004550, x64: 0x8664 };

/** `undefined`: none of the platforms that are built for. */
export function parseMachine(header: Uint8Array): PlatformName | undefined {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (view.byteLength < PE.headerOffset + 4) return undefined;
  const magic = view.getUint32(0, true);
  if (magic === ELF.magic) return findElf(view.getUint16(ELF.machineOffset, true));
  if (magic === MACH_O.magic) return view.getUint32(MACH_O.machineOffset, true) === MACH_O.arm64 ? "darwin-arm64" : undefined;
  if (view.getUint16(0, true) !== PE.dosMagic) return undefined;
  const offset = view.getUint32(PE.headerOffset, true);
  if (offset + 6 > view.byteLength || view.getUint32(offset, true) !== PE.magic) return undefined;
  return view.getUint16(offset + 4, true) === PE.x64 ? "windows-x64" : undefined;
}

function findElf(machine: number): PlatformName | undefined {
  if (machine === ELF.x64) return "linux-x64";
  return machine === ELF.arm64 ? "linux-arm64" : undefined;
}

/** Throws when the file is not for `platform`. */
export async function checkMachine(path: string, platform: PlatformName): Promise<void> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(HEADER_BYTES), 0, HEADER_BYTES, 0);
    const found = parseMachine(buffer.subarray(0, bytesRead));
    if (found !== platform) throw new Error(`Cannot build for "${platform}": "${path}" is for "${found ?? "another machine"}"`);
  } finally {
    await file.close();
  }
}
