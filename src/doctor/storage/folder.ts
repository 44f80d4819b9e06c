// A folder that termite keeps things in: there, ours, writable by nobody else, on a file system that lets code run.
import { findOwnershipProblem } from "../../plugins/search/ownership.ts";
import type { Owner, Permissions } from "../../plugins/search/ownership.ts";
import type { Verdict } from "../finding.ts";

export interface FolderFacts {
  path: string;
  /** Absent where nothing is there yet; then `parent` is the nearest folder above that is there. */
  state?: FolderState | undefined;
  parent?: { path: string; isWritable: boolean } | undefined;
  /** The mount point of its file system, when code from there cannot be mapped. */
  noexecMount?: string | undefined;
}

export interface FolderState extends Permissions {
  isFolder: boolean;
  isWritable: boolean;
}

export interface FolderNeeds {
  /** This user; absent on Windows. */
  owner: Owner | undefined;
  /** Something still has to be written there. */
  mustWrite: boolean;
  /** Libraries are loaded from below it. */
  mustExecute?: boolean;
  /** What another user may write is refused there, as the search for plugins does. */
  mustBeOurs?: boolean;
  /** What to set to use another folder: "TERMITE_HOME (or --home)". */
  setting: string;
}

export function resolveFolder(facts: FolderFacts, needs: FolderNeeds): Verdict {
  const { path, state, noexecMount } = facts;
  if (needs.mustExecute === true && noexecMount !== undefined) {
    const found = `${path} is on "${noexecMount}", which is mounted noexec`;
    return createFailure(found, "a file system that allows execution", needs);
  }
  if (state === undefined) return resolveAbsent(facts, needs);
  if (!state.isFolder) return createFailure(`${path} is no folder`, "a folder", needs);
  return resolveOwner(path, state, needs) ?? resolveWritable(path, state, needs);
}

function resolveAbsent({ path, parent }: FolderFacts, needs: FolderNeeds): Verdict {
  const found = `${path} is not there yet`;
  if (!needs.mustWrite || parent === undefined || parent.isWritable) return { status: "ok", found };
  return createFailure(`${found}, and "${parent.path}" cannot be written to`, "a folder that this user can write to", needs);
}

/** Whoever can write there can have this program run their code; whether that is refused depends on the folder. */
function resolveOwner(path: string, state: FolderState, { owner, mustBeOurs }: FolderNeeds): Verdict | undefined {
  const problem = owner === undefined ? undefined : findOwnershipProblem(path, state, owner);
  if (problem === undefined) return undefined;
  // `found "/x" writable by others: chmod o-w "/x"`
  const [, found = problem, remedy = `ls -ld ${JSON.stringify(path)}`] = /^(.*): (ch(?:mod|own) .*)$/.exec(problem) ?? [];
  return {
    status: mustBeOurs === true ? "fail" : "warn",
    found,
    needed: "a folder of this user or of root that nobody else may write to",
    remedy,
  };
}

function resolveWritable(path: string, state: FolderState, needs: FolderNeeds): Verdict {
  const found = `${path} (${formatOwner(state.uid)}, ${(state.mode & 0o7777).toString(8).padStart(4, "0")})`;
  if (state.isWritable) return { status: "ok", found };
  if (!needs.mustWrite) return { status: "ok", found: `${found}, read-only` };
  return createFailure(`${found}, and this user cannot write there`, "a folder that this user can write to", needs);
}

function formatOwner(uid: number): string {
  return uid === 0 ? "root" : `user ${uid}`;
}

function createFailure(found: string, needed: string, { setting }: FolderNeeds): Verdict {
  return { status: "fail", found, needed, remedy: `Set ${setting} to such a folder` };
}
