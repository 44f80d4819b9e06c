// The walk over the places of an engine's library, in one line; the places themselves go into the report.
import { SYSTEM_REFUSED } from "../../plugins/search/places.ts";
import type { FoundLibrary, LibraryOrigin, SearchPlace, SearchResult } from "../../plugins/search/search-result.ts";
import type { Target } from "../../target.ts";
import type { Verdict } from "../finding.ts";

const ORIGINS: Readonly<Record<LibraryOrigin, string>> = {
  installed: "installed",
  placed: "put there by hand",
  variable: "named by the environment",
  bundled: "inside this executable",
  system: "of the system",
};

export interface SearchNeeds {
  /** The configuration asks for this target by name. */
  isWanted: boolean;
  /** There is hardware that would run on it, and no other library for that hardware either. */
  isUseful: boolean;
}

export function resolveSearch({ target, places, found }: SearchResult, { isWanted, isUseful }: SearchNeeds): Verdict {
  const passed = places.filter(isPassedOver).map(formatPlace);
  if (found !== undefined) return resolveFound(found, passed);
  const nothing = `no library in ${places.length} ${places.length === 1 ? "place" : "places"}`;
  if (passed.length === 0 && !isWanted && !isUseful) return { status: "ok", found: nothing };
  return {
    status: isWanted ? "fail" : "warn",
    found: passed.length === 0 ? nothing : `no library: ${passed.join("; ")}`,
    needed: passed.length === 0 ? `a library for "${target}"` : "a library that can be used",
    remedy: target.endsWith(":cpu")
      ? `Put one into plugins_dir/${resolveFolder(target)}; "termite plugin list" says what there is`
      : `termite plugin install ${target}`,
  };
}

/** Where the walk looks for what was put there by hand. */
function resolveFolder(target: Target): string {
  return target.replace(":", "/") + (target.startsWith("onnx:") ? "/lib" : "");
}

/** A library that was put somewhere by hand and is not used is worth a warning: somebody meant it. */
function resolveFound(found: FoundLibrary, passed: readonly string[]): Verdict {
  const version = found.version === undefined ? "" : ` ${found.version}`;
  const path = found.libraryPath ?? found.path;
  const where = path === undefined ? ORIGINS[found.origin] : `${ORIGINS[found.origin]}: ${path}`;
  const library = `library${version} ${where}`;
  if (passed.length === 0) return { status: "ok", found: library };
  return {
    status: "warn",
    found: `${library}; passed over ${passed.join("; ")}`,
    needed: "nothing in an earlier place that cannot be used",
    remedy: "Mend or remove what was passed over",
  };
}

/** A folder of the system that nobody asked to look into is no news. */
export function isPassedOver({ outcome, reason }: SearchPlace): boolean {
  return outcome === "passed over" && reason !== SYSTEM_REFUSED;
}

function formatPlace({ name, path, reason }: SearchPlace): string {
  const where = path === undefined ? name : `${name} (${path})`;
  return reason === undefined ? where : `${where}: ${reason}`;
}
