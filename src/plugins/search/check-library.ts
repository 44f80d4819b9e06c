// Whether one file may be loaded as an engine's library: where its links lead, what it is, for which machine, and who may
// write to it.
import { lstatSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import type { Platform } from "../detect/platform.ts";
import type { Target } from "../../target.ts";
import { hasErrorCode } from "../../errors.ts";
import { formatFileProblem } from "./file-problem.ts";
import { findHeaderMismatch, readLibraryHeader } from "./library-header.ts";
import { findNamedVersion, resolveCudaProviderNames } from "./library-names.ts";
import { listLinkFolders } from "./link-folders.ts";
import { findPathProblem } from "./ownership.ts";
import type { Owner } from "./ownership.ts";

/** What is asked of a file that would be loaded. */
export interface LibraryRules {
  target: Target;
  platform: Platform;
  owner: Owner | undefined;
  /** `plugins_dir`: no link may lead out of it, and every folder from there down is checked for its owner. */
  root?: string;
  /** Trees of an install below `root`, which count only through `current`. */
  versions?: string;
  /** The folder serves other targets too: a library that cannot be this target's is one of theirs. */
  isShared?: true;
}

export interface LibraryFile {
  /** Links resolved. */
  realPath: string;
  version?: string;
  sizeBytes: number;
}

/** `isOther`: nothing is wrong with it, it is another target's. */
export type LibraryCheck = { file: LibraryFile } | { reason: string; isOther?: true };

/** Errors of the file system are reasons. */
export function checkLibrary(path: string, rules: LibraryRules): LibraryCheck {
  try {
    const check = checkFile(path, rules);
    if ("reason" in check) return check;
    const { realPath } = check;
    const lack = findLack(realPath, rules);
    if (lack !== undefined) return { reason: lack, ...(rules.isShared && { isOther: true }) };
    const reason = findSiblingProblem(realPath, rules);
    if (reason !== undefined) return { reason };
    const version = findNamedVersion(basename(realPath));
    return { file: { realPath, sizeBytes: statSync(realPath).size, ...(version !== undefined && { version }) } };
  } catch (error) {
    return { reason: `cannot read "${path}": ${formatFileProblem(error)}` };
  }
}

/** Of the library, and in the same way of each file that it opens beside itself. */
function checkFile(path: string, rules: LibraryRules): { realPath: string } | { reason: string } {
  const realPath = findRealPath(path);
  if (realPath === undefined) return { reason: formatBrokenLink(path) };
  const reason = findProblem(path, realPath, rules);
  return reason === undefined ? { realPath } : { reason };
}

/** Without the provider of CUDA beside it, it is a library for the CPU. */
function findLack(realPath: string, { target, platform }: LibraryRules): string | undefined {
  const { cuda } = resolveCudaProviderNames(platform);
  if (target !== "onnx:cuda" || isThere(join(dirname(realPath), cuda))) return undefined;
  return `found "${basename(realPath)}" and no "${cuda}" beside it`;
}

/** What the engine opens beside the real library, by name: a link there leads to code that runs as well. */
function findSiblingProblem(realPath: string, library: LibraryRules): string | undefined {
  if (library.target !== "onnx:cuda") return undefined;
  const { shared, cuda } = resolveCudaProviderNames(library.platform);
  const folder = dirname(realPath);
  // They are reached through the library's real folder.
  const rules = library.root === undefined ? library : { ...library, root: realpathSync(library.root) };
  const checks = [shared, cuda].map((name) => join(folder, name)).filter(isThere).map((path) => checkFile(path, rules));
  return checks.find((check) => "reason" in check)?.reason;
}

/** A link counts wherever it leads. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** `undefined` when nothing is there, be it at `path` or where its links lead. */
export function findRealPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    if (hasErrorCode(error, ["ENOENT"])) return undefined;
    throw error;
  }
}

export function isBrokenLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true && findRealPath(path) === undefined;
}

export function formatBrokenLink(path: string): string {
  return `found the link "${basename(path)}" to "${readlinkSync(path)}", which is not there`;
}

function findProblem(path: string, realPath: string, rules: LibraryRules): string | undefined {
  const name = `"${basename(path)}"`;
  const escape = findEscape(path, realPath, rules.root);
  if (escape !== undefined) return escape;
  if (rules.versions !== undefined && isInside(realPath, findRealPath(rules.versions))) {
    return `found ${name}, a link into "versions", which counts only through "current"`;
  }
  const found = statSync(realPath);
  if (!found.isFile()) return `found ${name}, which is not a regular file`;
  if (found.size === 0) return `found ${name}, which is empty`;
  const mismatch = findHeaderMismatch(readLibraryHeader(realPath), rules.platform);
  if (mismatch !== undefined) return `found ${name}, ${mismatch}`;
  return findPathProblem(listOwnedPaths(path, realPath, rules.root), rules.owner);
}

/** Links may lead anywhere where no `root` is given. */
export function findEscape(path: string, realPath: string, root: string | undefined): string | undefined {
  if (root === undefined || isInside(realPath, realpathSync(root))) return undefined;
  return `found "${basename(path)}", a link to "${realPath}", which is outside plugins_dir "${root}"`;
}

export function isInside(path: string, folder: string | undefined): boolean {
  return folder !== undefined && path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** The folders that were walked through, those of the links on the way and of the real file, and the file. */
function listOwnedPaths(path: string, realPath: string, root: string | undefined): string[] {
  const [walked, real] = [dirname(path), dirname(realPath)];
  if (root === undefined) {
    const linked = listLinkFolders(realpathSync(walked), basename(path));
    return [...new Set([walked, ...linked, real, realPath])];
  }
  const realRoot = realpathSync(root);
  const linked = listLinkFolders(realRoot, relative(root, path)).flatMap((folder) => listFolders(realRoot, folder));
  return [...new Set([...listFolders(root, walked), ...linked, ...listFolders(realRoot, real), realPath])];
}

/** `root` and each folder from there down to `folder`; one outside, where a link only comes through, is alone. */
function listFolders(root: string, folder: string): string[] {
  if (folder !== root && !isInside(folder, root)) return [folder];
  const parts = relative(root, folder).split(sep).filter((part) => part !== "");
  return parts.reduce<string[]>((folders, part) => [...folders, join(folders.at(-1) ?? root, part)], [root]);
}
