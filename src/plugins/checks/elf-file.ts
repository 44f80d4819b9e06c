// What the dynamic linker would read of an ELF file before it loads it: machine, SONAME, NEEDED and the symbol versions
// that it wants. Reads a few kilobytes of files of hundreds of megabytes; loads nothing. After the ELF gABI, chapters 4
// and 5, and the GNU symbol versioning of the LSB core specification, chapter 10.7.
import { closeSync, openSync, readSync } from "node:fs";
import { parseLibraryHeader } from "../search/library-header.ts";

export interface ElfFile {
  /** "x86-64", "aarch64" */
  machine: string;
  soname?: string;
  needed: readonly string[];
  /** "GLIBC_2.34", "GLIBCXX_3.4.22" */
  versions: readonly string[];
}

const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
/** A dynamic section has some forty entries of 16 bytes. */
const MOST_DYNAMIC_BYTES = 64 * 1024;
const MOST_NAME_BYTES = 1024;

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const DT_NEEDED = 1;
const DT_STRTAB = 5;
const DT_SONAME = 14;
const DT_VERNEED = 0x6ffffffe;
const DT_VERNEEDNUM = 0x6fffffff;

/** Little-endian bytes at a place in the file. */
type Read = (offset: number, length: number) => DataView;

interface Segment {
  type: number;
  offset: number;
  address: number;
  fileBytes: number;
}

interface DynamicEntry {
  tag: number;
  value: number;
}

/** `undefined` for what is no ELF file (a licence, `libdevice.10.bc`). Throws an Error that says what is broken in one. */
export function readElfFile(path: string): ElfFile | undefined {
  const file = openSync(path, "r");
  try {
    const magic = new Uint8Array(HEADER_BYTES);
    const header = parseLibraryHeader(magic.subarray(0, readSync(file, magic, 0, HEADER_BYTES, 0)));
    if (header === undefined || !header.format.endsWith("ELF")) return undefined;
    if (header.format !== "ELF") throw new Error(`found a ${header.format} file, need one of 64 bits`);
    return { machine: header.machine, ...readDynamic(createRead(file)) };
  } finally {
    closeSync(file);
  }
}

function createRead(file: number): Read {
  return (offset, length) => {
    const bytes = new Uint8Array(length);
    const count = readSync(file, bytes, 0, length, offset);
    return new DataView(bytes.buffer, 0, count);
  };
}

function readDynamic(read: Read): Omit<ElfFile, "machine"> {
  const segments = readSegments(read);
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
  if (dynamic === undefined) return { needed: [], versions: [] };
  const entries = readEntries(read(dynamic.offset, Math.min(dynamic.fileBytes, MOST_DYNAMIC_BYTES)));
  const find = (tag: number): number | undefined => entries.find((entry) => entry.tag === tag)?.value;
  const names = resolveOffset(find(DT_STRTAB) ?? 0, segments);
  const readName = (offset: number): string => readText(read, names + offset);
  const soname = find(DT_SONAME);
  const wantedAddress = find(DT_VERNEED);
  const wanted = wantedAddress === undefined ? undefined : resolveOffset(wantedAddress, segments);
  return {
    ...(soname !== undefined && { soname: readName(soname) }),
    needed: entries.filter(({ tag }) => tag === DT_NEEDED).map(({ value }) => readName(value)),
    versions: wanted === undefined ? [] : readVersions(read, wanted, find(DT_VERNEEDNUM) ?? 0).map(readName),
  };
}

/** `Elf64_Ehdr`: e_phoff 32, e_phnum 56. `Elf64_Phdr`: p_type 0, p_offset 8, p_vaddr 16, p_filesz 32. */
function readSegments(read: Read): Segment[] {
  const header = read(0, HEADER_BYTES);
  const start = readNumber(header, 32);
  const table = read(start, header.getUint16(56, true) * PROGRAM_HEADER_BYTES);
  return Array.from({ length: Math.floor(table.byteLength / PROGRAM_HEADER_BYTES) }, (_, i) => {
    const at = i * PROGRAM_HEADER_BYTES;
    const [offset, address, fileBytes] = [readNumber(table, at + 8), readNumber(table, at + 16), readNumber(table, at + 32)];
    return { type: table.getUint32(at, true), offset, address, fileBytes };
  });
}

/** `Elf64_Dyn`: d_tag 0, d_val 8; DT_NULL ends them. */
function readEntries(view: DataView): DynamicEntry[] {
  const entries = Array.from({ length: Math.floor(view.byteLength / 16) }, (_, i) => {
    return { tag: readNumber(view, i * 16), value: readNumber(view, i * 16 + 8) };
  });
  const end = entries.findIndex(({ tag }) => tag === 0);
  return end === -1 ? entries : entries.slice(0, end);
}

/** Offsets of names. `Elf64_Verneed`: vn_cnt 2, vn_aux 8, vn_next 12. `Elf64_Vernaux`: vna_name 8, vna_next 12. */
function readVersions(read: Read, start: number, libraries: number): number[] {
  const names: number[] = [];
  let at = start;
  for (let library = 0; library < libraries; library++) {
    const need = read(at, 16);
    let version = at + need.getUint32(8, true);
    for (let left = need.getUint16(2, true); left > 0; left--) {
      const aux = read(version, 16);
      names.push(aux.getUint32(8, true));
      version += aux.getUint32(12, true);
    }
    at += need.getUint32(12, true);
  }
  return names;
}

/** Where in the file lies what will be loaded at `address`. */
function resolveOffset(address: number, segments: readonly Segment[]): number {
  const segment = segments.find((one) => {
    return one.type === PT_LOAD && address >= one.address && address < one.address + one.fileBytes;
  });
  if (segment === undefined) throw new Error(`found no segment that holds address ${address}`);
  return address - segment.address + segment.offset;
}

function readText(read: Read, offset: number): string {
  const view = read(offset, MOST_NAME_BYTES);
  const bytes = new Uint8Array(view.buffer, 0, view.byteLength);
  const end = bytes.indexOf(0);
  if (end === -1) throw new Error(`found a name without an end at ${offset}`);
  return new TextDecoder().decode(bytes.subarray(0, end));
}

/** Of 64 bits. What is beyond 2^53 lies in no file. */
function readNumber(view: DataView, offset: number): number {
  return Number(view.getBigUint64(offset, true));
}
