// The folders that hold the links on the way to a file: who may write to one of them decides where the path leads.
import { lstatSync, readlinkSync } from "node:fs";
import { isAbsolute, join, parse, sep } from "node:path";

/**
 * Real paths, in the order of the links. `start` is a real path, `path` is below it and can be resolved: a link that leads
 * back to itself would be followed for ever.
 */
export function listLinkFolders(start: string, path: string): string[] {
  const folders: string[] = [];
  const pending = path.split(sep);
  let at = start;
  for (let part = pending.shift(); part !== undefined; part = pending.shift()) {
    // `at` has no links in it, so that ".." is the folder above it.
    const next = join(at, part);
    if (part === ".." || !isLink(next)) {
      at = next;
      continue;
    }
    folders.push(at);
    const target = readlinkSync(next);
    if (isAbsolute(target)) at = parse(target).root;
    pending.unshift(...target.split(sep));
  }
  return folders;
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}
