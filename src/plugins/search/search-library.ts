// The walk over the places where an engine's library may lie: the first that counts wins, and each place is reported with
// what was found there. Extracts nothing, loads nothing; a bad folder is a reason, never an error.
import { join } from "node:path";
import type { Target } from "../../target.ts";
import type { LibraryRules } from "./check-library.ts";
import { formatFileProblem } from "./file-problem.ts";
import { findInFolder } from "./find-in-folder.ts";
import { findInTree } from "./find-in-tree.ts";
import { resolveLibraryNames } from "./library-names.ts";
import type { Owner } from "./ownership.ts";
import { listPlaces } from "./places.ts";
import type { Place, PlacesOptions } from "./places.ts";
import type { FoundLibrary, SearchPlace, SearchResult } from "./search-result.ts";

export interface SearchOptions extends PlacesOptions {
  /** Of `readOwner()`; `undefined` checks no owners (Windows). */
  owner: Owner | undefined;
}

type Look = { library: FoundLibrary } | { outcome: "absent" | "passed over"; reason?: string };

export function searchLibrary(target: Target, options: SearchOptions): SearchResult {
  const places: SearchPlace[] = [];
  let found: FoundLibrary | undefined;
  for (const place of listPlaces(target, options)) {
    const shown = { name: place.name, ...(place.path !== undefined && { path: place.path }) };
    if (found !== undefined) {
      places.push({ ...shown, outcome: "not reached", ...formatRefusal(place) });
      continue;
    }
    const look = lookInto(place, target, options);
    if ("library" in look) found = look.library;
    places.push({ ...shown, ...("library" in look ? { outcome: "found" } : look) });
  }
  return { target, places, ...(found !== undefined && { found }) };
}

/** A place behind the answer that would have been passed over anyway says so. */
function formatRefusal({ refusal }: Place): { reason?: string } {
  return refusal?.outcome === "passed over" ? { reason: refusal.reason } : {};
}

function lookInto(place: Place, target: Target, options: SearchOptions): Look {
  if (place.refusal !== undefined) return place.refusal;
  if (place.path === undefined) return { library: { origin: place.origin } };
  const rules = createRules(place, target, options);
  try {
    return place.isTree ? findInTree(place.path, rules) : lookIntoFolder(place, place.path, rules);
  } catch (error) {
    return { outcome: "passed over", reason: `cannot read it: ${formatFileProblem(error)}` };
  }
}

function createRules(place: Place, target: Target, { platform, owner, pluginsDir }: SearchOptions): LibraryRules {
  const { origin, isShared } = place;
  const rules = { target, platform, owner, ...(isShared && { isShared }) };
  if (origin !== "placed") return rules;
  return { ...rules, root: pluginsDir, versions: join(pluginsDir, target.replace(":", "/"), "versions") };
}

function lookIntoFolder(place: Place, path: string, rules: LibraryRules): Look {
  const look = findInFolder(path, resolveLibraryNames(rules.target, rules.platform), rules);
  if (!("file" in look)) return look;
  const { realPath, ...rest } = look.file;
  return { library: { origin: place.origin, libraryPath: realPath, path, ...rest } };
}
