// A lock out of a resolved set: the files that are kept, each path once, and what they need of the machine.
import { basename } from "node:path";
import { formatTreePath } from "../../src/plugins/catalog/lock.ts";
import type { PluginLock, PluginWheel } from "../../src/plugins/catalog/lock.ts";
import { parsePluginLock } from "../../src/plugins/catalog/parse-lock.ts";
import type { ElfFile } from "../../src/plugins/checks/elf-file.ts";
import { SYSTEM_LIBRARIES } from "../../src/plugins/checks/system-libraries.ts";
import { compareVersions } from "../../src/version-order.ts";
import { createLockedWheel, EVERYTHING } from "./locked-wheel.ts";
import type { ResolvedSet, ResolvedWheel } from "./resolve-set.ts";
import type { PluginSet } from "./sets.ts";

/** How many earlier versions may keep serving. */
const ACCEPTED = 2;

export interface CreateLockOptions {
  /** Every file of each wheel, where the wheel has it: to compare with installers that write all. */
  allFiles: boolean;
}

/** Throws an Error where a library is needed that neither a wheel nor the system has. */
export function createLock(set: PluginSet, resolved: ResolvedSet, { allFiles }: CreateLockOptions): PluginLock {
  const [first] = resolved.wheels;
  if (first === undefined) throw new RangeError("a set has a wheel");
  const wheels = dropTwins(resolved.wheels.map((wheel) => lockWheel(wheel, allFiles)), allFiles);
  const elves = findElves(resolved.wheels, wheels);
  if (!allFiles) checkElves(set, elves);
  const [major, minor] = resolved.pjrt?.split(".").map(Number) ?? [];
  return parsePluginLock(`${set.id}.json`, {
    format: 1,
    plugin: set.plugin,
    version: first.version,
    variant: set.variant,
    platform: { os: "linux", arch: set.arch },
    accepts: resolved.earlier.slice(0, ACCEPTED),
    library: findLibrary(set, wheels),
    needs: findNeeds(set, elves),
    ...(resolved.pjrt !== undefined && { pjrt: { major, minor } }),
    wheels,
  });
}

function lockWheel({ name, version, file, rule, detail }: ResolvedWheel, allFiles: boolean): PluginWheel {
  const uploaded = new Date(file.uploaded ?? Number.NaN).toISOString().replace(/\.\d+Z$/, "Z");
  const keep = allFiles ? EVERYTHING : rule.keep;
  return createLockedWheel(detail, {
    name,
    version,
    file: file.fileName,
    sha256: detail.sha256,
    uploaded,
    licence: rule.licence,
    keep,
  });
}

/** The first of two equal files counts. Two that differ are an error, but where a whole tree is to be like an installer's. */
function dropTwins(wheels: readonly PluginWheel[], allFiles: boolean): PluginWheel[] {
  const seen = new Map<string, string>();
  return wheels.map((wheel) => {
    const files = wheel.files.filter((file) => {
      const path = formatTreePath(file);
      const twin = seen.get(path);
      if (twin === undefined) return seen.set(path, file.sha256);
      if (twin === file.sha256 || allFiles) return false;
      throw new Error(`Cannot lock "${wheel.file}": another wheel has another "${path}"`);
    });
    return { ...wheel, files };
  });
}

function findLibrary({ id, root }: PluginSet, [first]: readonly PluginWheel[]): string {
  const glob = new Bun.Glob(root.library);
  const found = first?.files.map(formatTreePath).filter((path) => glob.match(path)) ?? [];
  if (found.length === 1) return found[0] ?? "";
  throw new Error(`Cannot lock "${id}": found ${found.length} files for its library "${root.library}"`);
}

interface NamedElf extends ElfFile {
  name: string;
}

function findElves(resolved: readonly ResolvedWheel[], wheels: readonly PluginWheel[]): NamedElf[] {
  return resolved.flatMap(({ detail }, index) => {
    const kept = new Set(wheels[index]?.files.map(({ path }) => path));
    return detail.files.flatMap(({ path, elf }) => (kept.has(path) && elf ? [{ ...elf, name: basename(path) }] : []));
  });
}

const MACHINES = { x64: "x86-64", arm64: "aarch64" } as const;

/** For one processor, and nothing missing. */
function checkElves({ id, arch }: PluginSet, elves: readonly NamedElf[]): void {
  const names = new Set(elves.flatMap(({ name, soname }) => [name, soname ?? name]));
  for (const { name, needed, machine } of elves) {
    if (machine !== MACHINES[arch]) throw new Error(`Cannot lock "${id}": "${name}" is for ${machine}`);
    const missing = needed.find((library) => !names.has(library) && !SYSTEM_LIBRARIES.includes(library));
    if (missing !== undefined) throw new Error(`Cannot lock "${id}": "${name}" needs "${missing}", which nothing has`);
  }
}

function findNeeds(set: PluginSet, elves: readonly NamedElf[]): PluginLock["needs"] {
  const glibcxx = findNewest(elves, "GLIBCXX_");
  return {
    glibc: findNewest(elves, "GLIBC_") ?? "2.17",
    ...(glibcxx !== undefined && { glibcxx }),
    ...set.needs,
  };
}

/** What the linker of glibc 2.36 is the first to provide, under a name without a number: packed relative relocations. */
const NAMED_VERSIONS: Readonly<Record<string, string>> = { GLIBC_ABI_DT_RELR: "GLIBC_2.36" };

/** "GLIBC_2.27" of the versions that ELF files ask for is "2.27"; "GLIBC_PRIVATE" is none. */
function findNewest(elves: readonly NamedElf[], prefix: string): string | undefined {
  const versions = elves.flatMap((elf) => elf.versions).map((version) => NAMED_VERSIONS[version] ?? version);
  const ours = versions.filter((version) => version.startsWith(prefix)).map((version) => version.slice(prefix.length));
  const numbers = ours.filter((version) => /^\d/.test(version));
  return numbers.sort(compareVersions).at(-1);
}
