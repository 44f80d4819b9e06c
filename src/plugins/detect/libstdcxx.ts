// What the system's C++ library offers: the GPU runtimes are made with C++ and bring no copy of their own.
import { findSystemLibrary } from "./library-folders.ts";
import type { System } from "./system.ts";

export interface Libstdcxx {
  /** As the machine knows it. */
  path: string;
  /** "3.4.30": the newest `GLIBCXX_` symbol version; absent when the file names none. */
  newestVersion?: string;
}

/** The `libstdc++.so.6` that the linker would most likely open; `undefined` when there is none. */
export function findLibstdcxx(system: System): Libstdcxx | undefined {
  const path = findSystemLibrary(system, "libstdc++.so.6");
  if (path === undefined) return undefined;
  const newestVersion = parseNewestGlibcxx(Buffer.from(system.readBytes(path) ?? []).toString("latin1"));
  return newestVersion === undefined ? { path } : { path, newestVersion };
}

/** Symbol versions stand in the file as text: `GLIBCXX_3.4.30`. */
export function parseNewestGlibcxx(text: string): string | undefined {
  const versions = [...text.matchAll(/\bGLIBCXX_(\d+(?:\.\d+)+)/g)].map(([, version = ""]) => version);
  return versions.toSorted((a, b) => a.localeCompare(b, "en", { numeric: true })).at(-1);
}
