// Foreign libraries and tools that an engine could pick up instead of its own.
import type { Check } from "../check.ts";
import { resolveCudnn } from "./cudnn.ts";
import { resolveLibraryPath, resolvePreload } from "./library-path.ts";
import { resolvePtxas } from "./ptxas.ts";
import { readCudnn, readLibraryPath, readPreload, readPtxas } from "./read-foreign.ts";

export const LIBRARY_CHECKS: readonly Check[] = [
  { id: "libraries.library_path", run: async ({ system }) => resolveLibraryPath(readLibraryPath(system)) },
  { id: "libraries.preload", run: async ({ system }) => resolvePreload(readPreload(system)) },
  { id: "libraries.ptxas", run: async ({ system }) => resolvePtxas(readPtxas(system)) },
  { id: "libraries.cudnn", run: async ({ system }) => resolveCudnn(readCudnn(system)) },
];
