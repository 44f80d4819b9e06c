// LD_LIBRARY_PATH and LD_PRELOAD: what the dynamic linker would take before the libraries that belong to an engine.
import type { Verdict } from "../finding.ts";

/** A folder of LD_LIBRARY_PATH with what lies there under the name of a library of ours. */
export interface LibraryFolder {
  path: string;
  libraries: readonly string[];
}

export interface LibraryPathFacts {
  /** "LD_LIBRARY_PATH", or what it is called on this system. */
  variable: string;
  folders: readonly LibraryFolder[];
}

export function resolveLibraryPath({ variable, folders }: LibraryPathFacts): Verdict {
  if (folders.length === 0) return { status: "ok", found: `${variable} is not set` };
  const foreign = folders.filter(({ libraries }) => libraries.length > 0);
  if (foreign.length === 0) {
    const paths = folders.map(({ path }) => path).join(", ");
    return { status: "ok", found: `${variable} names ${paths}: no library there that an engine loads` };
  }
  const places = foreign.map(({ path, libraries }) => `${path} (${libraries.join(", ")})`);
  return {
    status: "warn",
    found: `${variable} puts libraries in the way: ${places.join("; ")}`,
    needed: "no folder in it that holds a library of an engine",
    remedy: `env -u ${variable} termite serve`,
  };
}

export function resolvePreload(paths: readonly string[]): Verdict {
  if (paths.length === 0) return { status: "ok", found: "LD_PRELOAD is not set" };
  return {
    status: "warn",
    found: `LD_PRELOAD loads ${paths.join(", ")} into every engine`,
    needed: "no LD_PRELOAD",
    remedy: "env -u LD_PRELOAD termite serve",
  };
}
