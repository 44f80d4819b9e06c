// Which wheels a set is made of: the newest of the package with the plugin library, then what that needs, by the set's rule.
import { basename } from "node:path";
import { SYSTEM_LIBRARIES } from "../../src/plugins/checks/system-libraries.ts";
import { chooseWheel, listAllowed } from "./choose-wheel.ts";
import type { ChooseRules, ChosenWheel } from "./choose-wheel.ts";
import { PACKAGES } from "./packages.ts";
import type { PackageRule } from "./packages.ts";
import { findField, parseRequirements } from "./requirements.ts";
import type { Requirement } from "./requirements.ts";
import type { PluginSet } from "./sets.ts";
import type { Shelf, ShelfWheel } from "./shelf.ts";
import { satisfies } from "./version.ts";
import type { DetailFile } from "./wheel-detail.ts";

export interface ResolvedWheel extends ChosenWheel {
  rule: PackageRule;
  detail: ShelfWheel;
}

export interface ResolvedSet {
  /** The one with the plugin library first, the others by name. */
  wheels: readonly ResolvedWheel[];
  /** Newest first, older than the one that is taken. */
  earlier: readonly string[];
  /** "0.116"; only of PJRT plugins. */
  pjrt?: string;
}

export interface ResolveOptions {
  shelf: Shelf;
  asOf: Date;
}

/** Throws an Error for everything that the rules do not foresee: then a person has to look. */
export async function resolveSet(set: PluginSet, options: ResolveOptions): Promise<ResolvedSet> {
  const { root } = set;
  const rules = createRules(set, root, options, root.versions === undefined ? [] : [root.versions]);
  const files = await options.shelf.listFiles(root.name);
  const chosen = chooseWheel(files, rules);
  const first = await readChosen(chosen, root, options.shelf);
  const others = await findOthers(set, first, options);
  const earlier = listAllowed(files, rules).map(({ version }) => version).filter((version) => version !== chosen.version);
  return {
    wheels: [first, ...others.sort((left, right) => (left.name < right.name ? -1 : 1))],
    earlier,
    ...(set.isPjrt && { pjrt: await findPjrt(set, chosen.version, options) }),
  };
}

function createRules(set: PluginSet, rule: PackageRule, options: ResolveOptions, specifiers: readonly string[]): ChooseRules {
  const asOf = options.shelf.hasDates ? options.asOf : undefined;
  return { name: rule.name, arch: set.arch, asOf, major: rule.major, specifiers };
}

async function readChosen(chosen: ChosenWheel, rule: PackageRule, shelf: Shelf): Promise<ResolvedWheel> {
  const detail = await shelf.readWheel(chosen.file);
  const version = findField(detail.metadata, "Version");
  if (version !== chosen.version) {
    throw new Error(`Cannot lock "${chosen.file.fileName}": its METADATA says version "${version ?? ""}"`);
  }
  return { ...chosen, rule, detail };
}

async function findOthers(set: PluginSet, first: ResolvedWheel, options: ResolveOptions): Promise<ResolvedWheel[]> {
  if (set.dependencies.kind === "none") return [];
  if (set.dependencies.kind === "needed") return findNeeded(set, first, options);
  const { package: name, extra } = set.dependencies;
  const rules = { name, arch: set.arch, specifiers: [`==${first.version}`] };
  const lister = chooseWheel(await options.shelf.listFiles(name), rules);
  const { metadata } = await options.shelf.readWheel(lister.file);
  return findRequired(set, parseRequirements(metadata, extra), options);
}

/** Requirements, then those of what is kept, until there are no new ones. */
async function findRequired(
  set: PluginSet,
  asked: readonly Requirement[],
  options: ResolveOptions,
): Promise<ResolvedWheel[]> {
  const found = new Map<string, ResolvedWheel>();
  const queue = [...asked];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { name, specifiers } = next;
    const rule = findRule(set, name);
    const held = found.get(name);
    if (held !== undefined && !satisfies(held.version, specifiers)) {
      throw new Error(`Cannot lock "${set.id}": "${name}" ${held.version} was chosen, "${specifiers}" is needed`);
    }
    if (rule.keep.length === 0 || held !== undefined) continue;
    const together = asked.filter((other) => other.name === name).map((other) => other.specifiers);
    const files = await options.shelf.listFiles(name);
    const rules = createRules(set, rule, options, [...together, specifiers]);
    const wheel = await readChosen(chooseWheel(files, rules), rule, options.shelf);
    found.set(name, wheel);
    queue.push(...parseRequirements(wheel.detail.metadata));
  }
  return [...found.values()];
}

function findRule({ id, variant }: PluginSet, name: string): PackageRule {
  const rule = PACKAGES[variant].find((candidate) => candidate.name === name);
  if (rule === undefined) throw new Error(`Cannot lock "${id}": "${name}" is needed and not in the table of packages`);
  return rule;
}

/** Packages by the libraries that ELF files name: cuBLAS names cuBLASLt, and so on. */
async function findNeeded(set: PluginSet, first: ResolvedWheel, options: ResolveOptions): Promise<ResolvedWheel[]> {
  const found = new Map<string, ResolvedWheel>();
  const queue = listNeeded(first);
  for (let library = queue.shift(); library !== undefined; library = queue.shift()) {
    const kept = [first, ...found.values()].flatMap(findKept);
    const isThere = kept.some(({ path }) => basename(path) === library);
    if (isThere || SYSTEM_LIBRARIES.includes(library)) continue;
    const rule = PACKAGES[set.variant].find(({ keep }) => keep.some((pattern) => hasName(pattern, library)));
    if (rule === undefined) throw new Error(`Cannot lock "${set.id}": no package of the table has "${library}"`);
    const files = await options.shelf.listFiles(rule.name);
    const wheel = await readChosen(chooseWheel(files, createRules(set, rule, options, [])), rule, options.shelf);
    found.set(rule.name, wheel);
    queue.push(...listNeeded(wheel));
  }
  return [...found.values()];
}

function hasName(pattern: string, library: string): boolean {
  return new Bun.Glob(basename(pattern)).match(library);
}

function listNeeded(wheel: ResolvedWheel): string[] {
  return findKept(wheel).flatMap(({ elf }) => elf?.needed ?? []);
}

function findKept({ rule, detail }: ResolvedWheel): DetailFile[] {
  return detail.files.filter(({ path }) => rule.keep.some((pattern) => new Bun.Glob(pattern).match(path)));
}

/** Asked of the library for the processor that this script runs on: a version speaks the same on all of them. */
async function findPjrt(set: PluginSet, version: string, { shelf }: ResolveOptions): Promise<string> {
  const arch = process.arch === "arm64" ? "arm64" : "x64";
  const rules = { name: set.root.name, arch, specifiers: [`==${version}`] } as const;
  const { file } = chooseWheel(await shelf.listFiles(set.root.name), rules);
  const { pjrt } = await shelf.readWheel(file, { pjrtLibrary: set.root.library });
  if (pjrt === undefined) throw new Error(`Cannot lock "${set.id}": its library was not asked for its version`);
  return pjrt;
}
