// Looks for foreign libraries and tools where the linker or an engine would: in the environment and the system's folders.
import { join, resolve } from "node:path";
import type { System } from "../../plugins/detect/system.ts";
import { CUDNN_FOLDERS } from "./cudnn.ts";
import type { LibraryPathFacts } from "./library-path.ts";
import { findOurLibraries, isCudnn } from "./our-libraries.ts";

/** Empty on Windows, where the linker has no such variable. */
export function readLibraryPath(system: System): LibraryPathFacts {
  const variable = system.os === "darwin" ? "DYLD_LIBRARY_PATH" : "LD_LIBRARY_PATH";
  const paths = system.os === "win32" ? [] : parsePaths(system.environment[variable], /[:;]/);
  const folders = paths.map((path) => ({ path, libraries: findOurLibraries(system.readFolder(path)) }));
  return { variable, folders };
}

/** ld.so(8): colons or spaces between them. */
export function readPreload({ environment }: System): string[] {
  return (environment["LD_PRELOAD"] ?? "").split(/[:\s]+/).filter((path) => path !== "");
}

export function readPtxas(system: System): string[] {
  const folders = parsePaths(system.environment["PATH"], system.os === "win32" ? /;/ : /:/);
  const name = system.os === "win32" ? "ptxas.exe" : "ptxas";
  return folders.map((folder) => join(folder, name)).filter((path) => system.findPath(path) !== undefined);
}

/** The links that the linker looks for (`libcudnn.so.9`); in a folder without any, whatever is there of cuDNN. */
export function readCudnn(system: System): string[] {
  const real = CUDNN_FOLDERS.map((folder) => [system.findPath(folder), folder] as const);
  const folders = new Map(real.toReversed().flatMap(([path, folder]) => (path === undefined ? [] : [[path, folder]])));
  return [...folders.values()].toReversed().flatMap((folder) => {
    const names = system.readFolder(folder).filter(isCudnn).toSorted();
    const links = names.filter((name) => /\.so\.\d+$/.test(name));
    return (links.length === 0 ? names : links).map((name) => `${folder}/${name}`);
  });
}

/** Absolute; what is relative starts where this program was started. */
function parsePaths(text: string | undefined, separator: RegExp): string[] {
  const paths = (text ?? "").split(separator).filter((path) => path !== "");
  return [...new Set(paths.map((path) => resolve(path)))];
}
