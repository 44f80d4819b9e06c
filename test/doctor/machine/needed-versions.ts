// The versions of system libraries that an ELF file cannot be loaded without: its section SHT_GNU_verneed, as the dynamic
// linker reads it (gABI, "Sections"; LSB core, "Version Requirements"). 64-bit little-endian only.

const SHT_GNU_VERNEED = 0x6ffffffe;
/** `vna_flags` of a version that may be absent. */
const VER_FLG_WEAK = 2;

/** `["GLIBC_2.17", "GLIBC_2.30", "GLIBCXX_3.4.22"]`, in the file's order. */
export function readNeededVersions(path: string): string[] {
  const bytes = Buffer.from(Bun.mmap(path).buffer);
  const sections = listSections(bytes);
  const needed = sections.find(({ type }) => type === SHT_GNU_VERNEED);
  const names = sections[needed?.link ?? -1];
  if (needed === undefined || names === undefined) throw new Error(`${path} names no versions`);
  return listVersions(bytes.subarray(needed.offset), needed.info).map((name) => readName(bytes, names.offset + name));
}

interface Section {
  type: number;
  offset: number;
  link: number;
  info: number;
}

/** Elf64_Ehdr: e_shoff 40, e_shentsize 58, e_shnum 60. Elf64_Shdr: sh_type 4, sh_offset 24, sh_link 40, sh_info 44. */
function listSections(bytes: Buffer): Section[] {
  const [start, size, count] = [Number(bytes.readBigUInt64LE(40)), bytes.readUInt16LE(58), bytes.readUInt16LE(60)];
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * size;
    const offset = Number(bytes.readBigUInt64LE(at + 24));
    return { type: bytes.readUInt32LE(at + 4), offset, link: bytes.readUInt32LE(at + 40), info: bytes.readUInt32LE(at + 44) };
  });
}

/** Offsets of names. Elf64_Verneed: vn_cnt 2, vn_aux 8, vn_next 12. Elf64_Vernaux: vna_flags 4, vna_name 8, vna_next 12. */
function listVersions(section: Buffer, libraries: number): number[] {
  const names: number[] = [];
  for (let at = 0, library = 0; library < libraries; library++, at += section.readUInt32LE(at + 12)) {
    let version = at + section.readUInt32LE(at + 8);
    for (let left = section.readUInt16LE(at + 2); left > 0; left--, version += section.readUInt32LE(version + 12)) {
      const isWeak = (section.readUInt16LE(version + 4) & VER_FLG_WEAK) !== 0;
      if (!isWeak) names.push(section.readUInt32LE(version + 8));
    }
  }
  return names;
}

function readName(bytes: Buffer, start: number): string {
  return bytes.toString("latin1", start, bytes.indexOf(0, start));
}
