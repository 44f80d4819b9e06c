// The tree of a plugin's library as a runner's environment has to know it: where the NVIDIA folders are that belong to
// it. A tree that was unpacked by hand, or the site-packages of another program, counts as one that an install made.
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { findErrorCode } from "../../errors.ts";

export interface LibraryTree {
  /** Absolute. */
  root: string;
  /** Files of `nvidia/<part>/lib` and `nvidia/<part>/bin`, relative to `root`, sorted. */
  files: readonly string[];
}

/** `<root>/jax_plugins/xla_cuda13/xla_cuda_plugin.so`, `<root>/onnxruntime/capi/libonnxruntime.so.1.31.1` */
const DEEPEST_LIBRARY = 3;

/** `undefined` where no folder above the library, at its real path, holds "nvidia". */
export function readLibraryTree(libraryPath: string): LibraryTree | undefined {
  let root = dirname(libraryPath);
  for (let level = 0; level < DEEPEST_LIBRARY; level++, root = dirname(root)) {
    const parts = listFolder(join(root, "nvidia"));
    if (parts.length === 0) continue;
    const folders = parts.flatMap((part) => [`nvidia/${part}/lib`, `nvidia/${part}/bin`]);
    return { root, files: folders.flatMap((folder) => listFolder(join(root, folder)).map((name) => `${folder}/${name}`)) };
  }
  return undefined;
}

/** Names in it, sorted; none where it is absent or may not be read. */
export function listFolder(path: string): string[] {
  try {
    return readdirSync(path).toSorted();
  } catch (error) {
    if (findErrorCode(error) === undefined) throw error;
    return [];
  }
}
