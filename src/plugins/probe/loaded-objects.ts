// The shared objects that are mapped into this process, from which files.
import { readFileSync } from "node:fs";

/** Absolute paths, sorted; none where there is no `/proc/self/maps` (Linux has it). */
export function readLoadedObjects(): string[] {
  return process.platform === "linux" ? parseMaps(readFileSync("/proc/self/maps", "utf8")) : [];
}

/**
 * Executable mappings of files, each file once (`proc_pid_maps(5)`). Data files are not mapped executable; a file that
 * was replaced while it is mapped keeps its " (deleted)".
 *
 *     7f3c2a000000-7f3c2a9b1000 r-xp 00001000 08:01 1835043                    /usr/lib/x86_64-linux-gnu/libm.so.6
 *     7ffd1a5e3000-7ffd1a5e5000 r-xp 00000000 00:00 0                          [vdso]
 */
export function parseMaps(text: string): string[] {
  const paths = text.split("\n").flatMap((line) => /^\S+ ..x. \S+ \S+ [1-9]\d* +(\/.+)$/.exec(line)?.[1] ?? []);
  return [...new Set(paths)].sort();
}
