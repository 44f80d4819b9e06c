// Follows links below a root as the kernel does for a process whose root it is: an absolute link starts again at that
// root, and `..` does not lead out of it. So a tree that stands for another machine cannot lead to this one's files.
import { lstatSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { findErrorCode } from "../../errors.ts";

/** `MAXSYMLINKS` of Linux. */
const MOST_LINKS = 40;

/** Absolute path on this machine of `path` below `root`, all links resolved; `undefined` when there is no such file. */
export function findInside(root: string, path: string): string | undefined {
  let pending = splitPath(path);
  let done: string[] = [];
  for (let links = 0; pending.length > 0; ) {
    const [name = "", ...rest] = pending;
    const target = name === ".." ? undefined : findTarget(join(root, ...done, name));
    if (target?.kind === "absent" || links > MOST_LINKS) return undefined;
    if (target?.kind === "link") {
      links += 1;
      if (target.to.startsWith("/")) done = [];
      pending = [...splitPath(target.to), ...rest];
    } else {
      done = name === ".." ? done.slice(0, -1) : [...done, name];
      pending = rest;
    }
  }
  return join(root, ...done);
}

type PathTarget = { kind: "absent" } | { kind: "plain" } | { kind: "link"; to: string };

function findTarget(path: string): PathTarget {
  try {
    return lstatSync(path).isSymbolicLink() ? { kind: "link", to: readlinkSync(path) } : { kind: "plain" };
  } catch (error) {
    if (findErrorCode(error) === undefined) throw error;
    return { kind: "absent" };
  }
}

function splitPath(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
