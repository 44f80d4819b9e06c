// Whether one file may be loaded as an engine's library: where its links lead, what it is, for which machine, and who may
// write to it.
import { existsSync, lstatSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import type { Platform } from "../detect/platform.ts";
import type { Target } from "../../target.ts";
import { formatFileProblem, isErrorCode } from "./file-problem.ts";
import { findHeaderMismatch, readLibraryHeader } from "./library-header.ts";
import { findNamedVersion, resolveCudaProviderName } from "./library-names.ts";
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
}

export interface LibraryFile {
  /** Links resolved. */
  realPath: string;
  version?: string;
  sizeBytes: number;
}

export type LibraryCheck = { file: LibraryFile } | { reason: string };

/** Errors of the file system are reasons. */
export function checkLibrary(path: string, rules: LibraryRules): LibraryCheck {
  try {
    const realPath = findRealPath(path);
    if (realPath === undefined) return { reason: formatBrokenLink(path) };
    const reason = findProblem(path, realPath, rules);
    if (reason !== undefined) return { reason };
    const version = findNamedVersion(basename(realPath));
    return { file: { realPath, sizeBytes: statSync(realPath).size, ...(version !== undefined && { version }) } };
  } catch (error) {
    return { reason: `cannot read "${path}": ${formatFileProblem(error)}` };
  }
}

/** `undefined` when nothing is there, be it at `path` or where its links lead. */
export function findRealPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    if (isErrorCode(error, ["ENOENT"])) return undefined;
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
  const provider = findProviderPath(realPath, rules);
  if (provider !== undefined && !existsSync(provider)) return `found ${name} and no "${basename(provider)}" beside it`;
  const owned = [...listOwnedPaths(path, realPath, rules.root), ...(provider === undefined ? [] : [provider])];
  return findPathProblem(owned, rules.owner);
}

/** The file without which `onnx:cuda` is not possible, beside the library. */
function findProviderPath(realPath: string, { target, platform }: LibraryRules): string | undefined {
  return target === "onnx:cuda" ? join(dirname(realPath), resolveCudaProviderName(platform)) : undefined;
}

/** Links may lead anywhere where no `root` is given. */
export function findEscape(path: string, realPath: string, root: string | undefined): string | undefined {
  if (root === undefined || isInside(realPath, realpathSync(root))) return undefined;
  return `found "${basename(path)}", a link to "${realPath}", which is outside plugins_dir "${root}"`;
}

export function isInside(path: string, folder: string | undefined): boolean {
  return folder !== undefined && path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** The folders that were walked through and those of the real file, outermost first, and the file. */
function listOwnedPaths(path: string, realPath: string, root: string | undefined): string[] {
  if (root === undefined) return [...new Set([dirname(path), dirname(realPath), realPath])];
  const walked = listFolders(root, dirname(path));
  return [...new Set([...walked, ...listFolders(realpathSync(root), dirname(realPath)), realPath])];
}

/** `root` and each folder from there down to `folder`. */
function listFolders(root: string, folder: string): string[] {
  const parts = relative(root, folder).split(sep).filter((part) => part !== "");
  return parts.reduce<string[]>((folders, part) => [...folders, join(folders.at(-1) ?? root, part)], [root]);
}
