// What the walk over the places of an engine's library found: plain data, for the composition, the list and `doctor`.
import type { Target } from "../../target.ts";

/** Who put the library there. */
export type LibraryOrigin =
  /** `termite plugin install`: a published version with its receipt. */
  | "installed"
  /** By hand, below `plugins_dir`. */
  | "placed"
  /** An environment variable names it. */
  | "variable"
  /** Inside this executable; `libraryPath` is absent because the walk extracts nothing. */
  | "bundled"
  /** A folder of the system, with `plugins.allow_system`. */
  | "system";

export interface SearchPlace {
  /** As a person knows it: "plugins_dir/onnx/cuda/current", "PJRT_PLUGIN_LIBRARY_PATH", "bundled". */
  name: string;
  /** Absolute; absent for "bundled" and for a variable that is not set. */
  path?: string;
  outcome: "found" | "absent" | "passed over" | "not reached";
  /** Why it was passed over, in words: `found "libonnxruntime.so.1" and no "libonnxruntime_providers_cuda.so" beside it`. */
  reason?: string;
}

export interface FoundLibrary {
  origin: LibraryOrigin;
  /** Real path (links resolved), so that `$ORIGIN` is that of the tree. */
  libraryPath?: string;
  /** Version that a receipt or the file's name says; absent when neither does. */
  version?: string;
  /** Bytes of the tree (installed) or of the library (placed). */
  sizeBytes?: number;
  /** The folder that a person would name. */
  path?: string;
}

export interface SearchResult {
  target: Target;
  /** Every place, in order. */
  places: readonly SearchPlace[];
  /** The first that counts. */
  found?: FoundLibrary;
}
