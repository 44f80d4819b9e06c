// Looks for an engine's library in one folder: the best of the files that have its name and may be loaded.
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { hasErrorCode } from "../../errors.ts";
import { checkLibrary, findRealPath } from "./check-library.ts";
import type { LibraryFile, LibraryRules } from "./check-library.ts";
import type { LibraryNames, NamedFile } from "./library-names.ts";

/** A library, or why there is none. */
export type FolderResult = { file: LibraryFile } | { outcome: "absent" | "passed over"; reason?: string };

/** The first in the order of `names` that may be loaded; without one, the reasons of all. */
export function findInFolder(folder: string, names: LibraryNames, rules: LibraryRules): FolderResult {
  const candidates = listCandidates(folder, names);
  if (candidates === undefined) return { outcome: "absent" };
  if (candidates.length === 0) return { outcome: "absent", reason: `found no ${formatNames(names)} in it` };
  const reasons = new Set<string>();
  let isOther = true;
  for (const { name } of candidates) {
    const check = checkLibrary(join(folder, name), rules);
    if ("file" in check) return check;
    reasons.add(check.reason);
    isOther &&= check.isOther === true;
  }
  return { outcome: isOther ? "absent" : "passed over", reason: [...reasons].join("; ") };
}

export function formatNames({ shown }: LibraryNames): string {
  return shown.map((name) => `"${name}"`).join(", ");
}

/** `undefined` when there is no such folder. */
function listCandidates(folder: string, names: LibraryNames): NamedFile[] | undefined {
  try {
    const found = readdirSync(folder).filter(names.matches);
    return found.map((name) => ({ name, realName: findRealName(join(folder, name)) })).sort(names.compare);
  } catch (error) {
    if (hasErrorCode(error, ["ENOENT"])) return undefined;
    throw error;
  }
}

/** For the order only: a link that cannot be followed is explained by the check. */
function findRealName(path: string): string {
  try {
    return basename(findRealPath(path) ?? path);
  } catch (error) {
    if (hasErrorCode(error, ["ELOOP", "EACCES", "ENOTDIR"])) return basename(path);
    throw error;
  }
}
