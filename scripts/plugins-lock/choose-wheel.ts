// Which file of a package is taken: the newest version that the rules allow, or a reason for each that they do not.
import type { IndexFile } from "../../src/plugins/index/index-file.ts";
import { formatProjectName } from "../../src/plugins/index/index-file.ts";
import { compareVersions } from "../../src/version-order.ts";
import type { PluginLock } from "../../src/plugins/catalog/lock.ts";
import { isPlainVersion, satisfies } from "./version.ts";
import { isForUs, parseWheelName, PYTHON_VERSION } from "./wheel-name.ts";

/** A stolen account is mostly found out within days; so old has a file to be before it is taken. */
export const LEAST_AGE_DAYS = 7;

export interface ChooseRules {
  /** Project name. */
  name: string;
  arch: PluginLock["platform"]["arch"];
  /** Files younger than `LEAST_AGE_DAYS` on this day are refused; without it age does not count. */
  asOf?: Date | undefined;
  major?: number | undefined;
  /** Specifiers that all hold. */
  specifiers: readonly string[];
}

export interface ChosenWheel {
  name: string;
  version: string;
  file: IndexFile;
}

/** Throws an Error that names the newest refused files and why. */
export function chooseWheel(files: readonly IndexFile[], rules: ChooseRules): ChosenWheel {
  const [chosen] = listAllowed(files, rules);
  if (chosen !== undefined) return chosen;
  const refused = files.map((file) => `${file.fileName}: ${findFault(file, rules)}`).slice(-5);
  throw new Error(`Cannot lock "${rules.name}" for ${rules.arch}: no file is allowed (${refused.join("; ")})`);
}

/** Newest first; one file of each version. */
export function listAllowed(files: readonly IndexFile[], rules: ChooseRules): ChosenWheel[] {
  const allowed = files.filter((file) => findFault(file, rules) === undefined);
  const byVersion = new Map<string, IndexFile>();
  for (const file of allowed.sort((left, right) => (left.fileName < right.fileName ? -1 : 1))) {
    const { version } = parseWheelName(file.fileName) ?? { version: "" };
    if (!byVersion.has(version)) byVersion.set(version, file);
  }
  return [...byVersion]
    .map(([version, file]) => ({ name: rules.name, version, file }))
    .sort((left, right) => compareVersions(right.version, left.version));
}

function findFault(file: IndexFile, rules: ChooseRules): string | undefined {
  const name = parseWheelName(file.fileName);
  if (name === undefined || formatProjectName(name.project) !== rules.name) return "not a wheel of this package";
  if (!isForUs(name, rules.arch)) return "for another platform or Python";
  if (file.yanked) return "yanked";
  if (!isPlainVersion(name.version)) return "a pre-release";
  if (!satisfies(PYTHON_VERSION, file.requiresPython ?? "")) return `not for Python ${PYTHON_VERSION}`;
  if (rules.major !== undefined && Number(name.version.split(".")[0]) !== rules.major) return `not major ${rules.major}`;
  const specifier = rules.specifiers.find((text) => !satisfies(name.version, text));
  return specifier === undefined ? findAgeFault(file, rules.asOf) : `not "${specifier}"`;
}

function findAgeFault({ uploaded }: IndexFile, asOf: Date | undefined): string | undefined {
  if (asOf === undefined) return undefined;
  const published = Date.parse(uploaded ?? "");
  if (Number.isNaN(published)) return "the index does not say when it was published";
  const ageDays = (asOf.getTime() - published) / 86_400_000;
  return ageDays >= LEAST_AGE_DAYS ? undefined : `${Math.floor(ageDays)} days old`;
}
