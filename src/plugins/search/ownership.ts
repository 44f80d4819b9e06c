// Whether another user of this machine could have put a library there or could still change it. Looked at before each
// load: of a plugin's folders from `plugins_dir` down, and of the file.
import { statSync } from "node:fs";

/** The user this program runs as; absent on Windows, where modes say nothing. */
export interface Owner {
  uid: number;
  gid: number;
}

/** The user of this process. */
export function readOwner(): Owner | undefined {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

export interface Permissions {
  uid: number;
  gid: number;
  mode: number;
}

/**
 * What is wrong with a file or folder, with the command that mends it; `undefined` when nothing is. It must belong to the
 * user or root and be writable by nobody else. A group may write if it is the user's private group: the user's own, with
 * the user's own number, as `useradd` makes it.
 */
export function findOwnershipProblem(path: string, { uid, gid, mode }: Permissions, owner: Owner): string | undefined {
  const name = JSON.stringify(path);
  if (uid !== 0 && uid !== owner.uid) {
    const needed = owner.uid === 0 ? "root" : `user ${owner.uid} or root`;
    return `found ${name} owned by user ${uid}, need ${needed}: chown ${owner.uid} ${name}`;
  }
  if ((mode & 0o002) !== 0) return `found ${name} writable by others: chmod o-w ${name}`;
  const isPrivateGroup = gid === owner.gid && gid === owner.uid;
  if ((mode & 0o020) === 0 || isPrivateGroup) return undefined;
  return `found ${name} writable by group ${gid}, which is not your private group: chmod g-w ${name}`;
}

/** The first problem of these paths; those that are not there are thrown as they are. */
export function findPathProblem(paths: readonly string[], owner: Owner | undefined): string | undefined {
  if (owner === undefined) return undefined;
  for (const path of paths) {
    const problem = findOwnershipProblem(path, statSync(path), owner);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
