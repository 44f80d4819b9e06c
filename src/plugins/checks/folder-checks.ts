// Whether an install may and can write: space, permission, owner and mode. `--force` passes none of these. Pure.
import { formatBytes } from "../../format-bytes.ts";
import type { InstallCheck } from "../install/events.ts";
import { findOwnershipProblem } from "../search/ownership.ts";
import type { ExistingFolder, MachineFacts } from "./machine-facts.ts";

const OTHER_FOLDER = "set TERMITE_PLUGINS_DIR (or --plugins-dir) to another folder";

/** `diskBytes`: what the install adds. */
export function checkSpace(diskBytes: number, { freeBytes, pluginsDir }: MachineFacts): InstallCheck {
  const found = `${formatBytes(freeBytes)} free at "${pluginsDir}"`;
  const check = { name: "space", found, needed: formatBytes(diskBytes), isFinal: true } as const;
  if (freeBytes >= diskBytes) return { ...check, ok: true };
  return { ...check, ok: false, remedy: `Free some space, or ${OTHER_FOLDER} on another file system` };
}

export function checkPermission({ folders, pluginsDir }: MachineFacts): InstallCheck {
  const check = { name: "permission", needed: "a folder that this user can write to", isFinal: true } as const;
  const bad = folders.find(({ isFolder, isWritable }) => !isFolder || !isWritable);
  if (bad === undefined) return { ...check, ok: true, found: `"${pluginsDir}"` };
  const found = bad.isFolder ? `"${bad.path}", where this user cannot write` : `"${bad.path}", which is no folder`;
  return { ...check, ok: false, found, remedy: `Give this user the right to write there, or ${OTHER_FOLDER}` };
}

/** Whoever can write there can have this program run their code. */
export function checkOwner({ folders, owner, pluginsDir }: MachineFacts): InstallCheck {
  const needed = "folders of this user or of root that nobody else may write to";
  const problem = folders.filter(({ path }) => isInside(path, pluginsDir)).map((folder) => findProblem(folder, owner))
    .find((found) => found !== undefined);
  if (problem === undefined) return { name: "owner", ok: true, found: `"${pluginsDir}"`, needed, isFinal: true };
  return { name: "owner", ok: false, ...problem, needed, isFinal: true };
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** `found "/x" writable by others: chmod o-w "/x"` in its two halves. */
function findProblem(folder: ExistingFolder, owner: MachineFacts["owner"]): { found: string; remedy: string } | undefined {
  const problem = owner === undefined ? undefined : findOwnershipProblem(folder.path, folder, owner);
  if (problem === undefined) return undefined;
  const [, found = problem, remedy = `ls -ld "${folder.path}"`] = /^found (.*): (ch(?:mod|own) .*)$/.exec(problem) ?? [];
  return { found: found.replace(/, need .*$/, ""), remedy };
}
