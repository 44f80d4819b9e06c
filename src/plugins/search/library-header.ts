// The first bytes of a shared library: which format, for which processor. Reads nothing else of it and loads nothing.
import { closeSync, openSync, readSync } from "node:fs";
import type { Platform } from "../detect/platform.ts";

export type LibraryFormat = "ELF" | "32-bit ELF" | "Mach-O" | "PE";

export interface LibraryHeader {
  format: LibraryFormat;
  /** "x86-64", "aarch64", "any" (a universal Mach-O file), or "machine 243". */
  machine: string;
}

/** Enough for the headers of all three formats: in PE files the second one begins within the first kilobytes. */
const HEADER_BYTES = 4096;

/** e_machine of the ELF specification, cputype of Mach-O, Machine of PE. */
const ELF_MACHINES: Readonly<Record<number, string>> = { 3: "x86", 40: "arm", 62: "x86-64", 183: "aarch64" };
const MACH_O_MACHINES: Readonly<Record<number, string>> = { 0x01000007: "x86-64", 0x0100000c: "aarch64" };
const PE_MACHINES: Readonly<Record<number, string>> = { 0x014c: "x86", 0x8664: "x86-64", 0xaa64: "aarch64" };
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "x86-64", arm64: "aarch64" };

export function readLibraryHeader(path: string): LibraryHeader | undefined {
  const bytes = new Uint8Array(HEADER_BYTES);
  const file = openSync(path, "r");
  try {
    return parseLibraryHeader(bytes.subarray(0, readSync(file, bytes, 0, HEADER_BYTES, 0)));
  } finally {
    closeSync(file);
  }
}

/** `7f 45 4c 46 02 01 …` is ELF, `cf fa ed fe` Mach-O, `ca fe ba be` a universal one, `4d 5a` PE. */
export function parseLibraryHeader(bytes: Uint8Array): LibraryHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 64) return undefined;
  const magic = view.getUint32(0);
  if (magic === 0x7f454c46) return parseElf(view);
  if (magic === 0xcffaedfe) return parseMachO(view);
  if (magic === 0xcafebabe) return { format: "Mach-O", machine: "any" };
  return view.getUint16(0) === 0x4d5a ? parsePe(view) : undefined;
}

/** Offsets 4 (EI_CLASS), 5 (EI_DATA: 1 is little-endian) and 18 (e_machine). */
function parseElf(view: DataView): LibraryHeader {
  const isLittleEndian = view.getUint8(5) === 1;
  const format = view.getUint8(4) === 2 ? "ELF" : "32-bit ELF";
  return { format, machine: formatMachine(ELF_MACHINES, view.getUint16(18, isLittleEndian)) };
}

/** Little-endian, cputype at 4. */
function parseMachO(view: DataView): LibraryHeader {
  return { format: "Mach-O", machine: formatMachine(MACH_O_MACHINES, view.getUint32(4, true)) };
}

/** The offset of `PE\0\0` stands at 0x3c, the machine behind it. */
function parsePe(view: DataView): LibraryHeader | undefined {
  const offset = view.getUint32(0x3c, true);
  if (offset + 6 > view.byteLength || view.getUint32(offset) !== 0x50450000) return undefined;
  return { format: "PE", machine: formatMachine(PE_MACHINES, view.getUint16(offset + 4, true)) };
}

function formatMachine(names: Readonly<Record<number, string>>, number: number): string {
  return names[number] ?? `machine ${number}`;
}

/** Both sides in words when a library is not for `platform`: `an ELF library for aarch64, need one for x86-64`. */
export function findHeaderMismatch(header: LibraryHeader | undefined, platform: Platform): string | undefined {
  const format = resolveFormat(platform.os);
  const machine = ARCHITECTURES[platform.arch] ?? platform.arch;
  const isFormat = header?.format === format;
  if (isFormat && (header.machine === machine || header.machine === "any")) return undefined;
  const needed = `need ${formatArticle(format)} library for ${machine}`;
  if (header === undefined) return `no library, ${needed}`;
  return `${formatArticle(header.format)} library for ${header.machine}, ${needed}`;
}

function resolveFormat(os: string): LibraryFormat {
  if (os === "darwin") return "Mach-O";
  return os === "win32" ? "PE" : "ELF";
}

function formatArticle(format: LibraryFormat): string {
  return format === "ELF" ? `an ${format}` : `a ${format}`;
}
