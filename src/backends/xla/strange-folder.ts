// Whether a folder of machine code is ours alone to write to.
import { statSync } from "node:fs";
import type { Stats } from "node:fs";

/** `undefined` for one that is ours, or not there yet: it is made for its owner alone. */
export function findStrangeFolder(folder: string): string | undefined {
  const stats = findStats(folder);
  const own = process.getuid?.();
  if (stats === undefined || own === undefined) return undefined;
  if (stats.uid !== own && stats.uid !== 0) return `found "${folder}" owned by user ${stats.uid}, need ${own}`;
  return (stats.mode & 0o002) === 0 ? undefined : `found "${folder}" writable by others`;
}

function findStats(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // Something on the way is no folder, or closed: nothing can be read there, and whoever writes says why.
    return undefined;
  }
}
