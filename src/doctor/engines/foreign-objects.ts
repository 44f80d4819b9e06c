// Shared objects that came into the process with an engine's library from elsewhere: the system's, or another's that got
// in the way. Pure.
import { basename, dirname } from "node:path";
import { isInside } from "../../plugins/search/check-library.ts";

/** More than this of one folder are counted. */
const MOST_NAMES = 3;

/** `mapped` without what lies in one of `folders`, which are the library's own, and without code made at run time. */
export function findForeign(mapped: readonly string[], folders: readonly string[]): string[] {
  return mapped.filter((path) => /\.so(?:[.\s]|$)/.test(basename(path)) && !folders.some((own) => isInside(path, own)));
}

/** `libgcc_s.so.1, libstdc++.so.6.0.30 from /usr/lib/x86_64-linux-gnu; 12 libraries from /srv/cuda/lib64`. */
export function formatForeign(paths: readonly string[]): string {
  const folders = Map.groupBy(paths, (path) => dirname(path));
  return [...folders].map(([folder, members]) => `${formatNames(members)} from ${folder}`).join("; ");
}

function formatNames(paths: readonly string[]): string {
  if (paths.length > MOST_NAMES) return `${paths.length} libraries`;
  return paths.map((path) => basename(path)).join(", ");
}
