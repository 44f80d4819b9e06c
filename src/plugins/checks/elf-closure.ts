// Whether what was fetched can be loaded as a whole: every ELF file is for this machine, finds each library that it
// needs in the plugin or in the system, and wants no newer C library than there is. Loads nothing.
import { basename } from "node:path";
import { formatError } from "../../errors.ts";
import { isAtLeast } from "../../version-order.ts";
import { readElfFile } from "./elf-file.ts";
import type { ElfFile } from "./elf-file.ts";
import { SYSTEM_LIBRARIES } from "./system-libraries.ts";

export interface TreeFile {
  /** In the plugin's tree. */
  treePath: string;
  /** Where its bytes lie now. */
  path: string;
}

export interface ClosureRules {
  /** `process.arch` */
  arch: string;
  /** Newest version that the system has; not checked where it cannot be told. */
  glibc?: string | undefined;
  glibcxx?: string | undefined;
}

const MACHINES: Readonly<Record<string, string>> = { x64: "x86-64", arm64: "aarch64" };

/** In words, each fit to stand behind "Cannot install …: "; none when all is well. */
export function findClosureProblems(files: readonly TreeFile[], rules: ClosureRules): string[] {
  const found: { name: string; elf: ElfFile }[] = [];
  const broken: string[] = [];
  for (const { treePath, path } of files) {
    const name = basename(treePath);
    try {
      const elf = readElfFile(path);
      if (elf !== undefined) found.push({ name, elf });
    } catch (error) {
      broken.push(`cannot read "${name}" as ELF: ${formatError(error)}`);
    }
  }
  const names = new Set([...found.flatMap(({ name, elf }) => [name, elf.soname ?? name]), ...SYSTEM_LIBRARIES]);
  return [...broken, ...found.flatMap(({ name, elf }) => checkElf(name, elf, { names, rules }))];
}

interface Closure {
  names: ReadonlySet<string>;
  rules: ClosureRules;
}

function checkElf(name: string, elf: ElfFile, { names, rules }: Closure): string[] {
  const machine = MACHINES[rules.arch] ?? rules.arch;
  if (elf.machine !== machine) return [`found "${name}" for ${elf.machine}, need ${machine}`];
  const missing = elf.needed.filter((library) => !names.has(library));
  const lacks = missing.map((library) => `"${name}" needs "${library}", which neither the plugin nor the system has`);
  const wants = [findNewer(elf.versions, "GLIBC_", rules.glibc), findNewer(elf.versions, "GLIBCXX_", rules.glibcxx)];
  const olds = wants.flatMap((want) => (want === undefined ? [] : [`"${name}" needs ${want}`]));
  return [...lacks, ...olds];
}

/** `GLIBC_2.38, found 2.36`: the newest version that it wants, where that is newer than the system's. */
function findNewer(versions: readonly string[], prefix: string, found: string | undefined): string | undefined {
  if (found === undefined) return undefined;
  const wanted = versions.flatMap((version) => new RegExp(`^${prefix}(\\d+(?:\\.\\d+)+)$`).exec(version)?.[1] ?? []);
  const newest = wanted.reduce<string | undefined>((a, b) => (a === undefined || isAtLeast(b, a) ? b : a), undefined);
  return newest === undefined || isAtLeast(found, newest) ? undefined : `${prefix}${newest}, found ${found}`;
}
