// Looks for foreign libraries and tools where the linker or an engine would: in the environment and the system's folders.
import { statSync } from "node:fs";
import type { Stats } from "node:fs";
import { join, resolve } from "node:path";
import type { System } from "../../plugins/detect/system.ts";
import { CUDNN_FOLDERS } from "./cudnn.ts";
import type { LibraryPathFacts } from "./library-path.ts";
import { parseLinkerFolders } from "./linker-folders.ts";
import { findOurLibraries, isCudnn } from "./our-libraries.ts";

/** Empty on Windows, where the linker has no such variable. */
export function readLibraryPath(system: System): LibraryPathFacts {
  const variable = system.os === "darwin" ? "DYLD_LIBRARY_PATH" : "LD_LIBRARY_PATH";
  const paths = system.os === "win32" ? [] : parsePaths(system.environment[variable], /[:;]/);
  const folders = paths.map((path) => ({ path, libraries: keepFiles(system, path, findOurLibraries(system.readFolder(path))) }));
  return { variable, folders };
}

/** ld.so(8): colons or spaces between them. */
export function readPreload({ environment }: System): string[] {
  return (environment["LD_PRELOAD"] ?? "").split(/[:\s]+/).filter((path) => path !== "");
}

export function readPtxas(system: System): string[] {
  const isWindows = system.os === "win32";
  const folders = parsePaths(system.environment["PATH"], isWindows ? /;/ : /:/);
  const paths = folders.map((folder) => join(folder, isWindows ? "ptxas.exe" : "ptxas"));
  return paths.filter((path) => {
    const found = findFile(system, path);
    return found !== undefined && (isWindows || (found.mode & 0o111) !== 0);
  });
}

/** The links that the linker looks for (`libcudnn.so.9`); in a folder without any, whatever is there of cuDNN. */
export function readCudnn(system: System): string[] {
  const real = listLinkerFolders(system).map((folder) => [system.findPath(folder), folder] as const);
  const folders = new Map(real.toReversed().flatMap(([path, folder]) => (path === undefined ? [] : [[path, folder]])));
  return [...folders.values()].toReversed().flatMap((folder) => {
    const names = keepFiles(system, folder, system.readFolder(folder).filter(isCudnn).toSorted());
    const links = names.filter((name) => /\.so\.\d+$/.test(name));
    return (links.length === 0 ? names : links).map((name) => `${folder}/${name}`);
  });
}

/** Those that are known, those that the linker's own configuration names, and every CUDA that lies beside another. */
function listLinkerFolders(system: System): string[] {
  const configured = system.readFolder("/etc/ld.so.conf.d").filter((name) => name.endsWith(".conf"))
    .map((name) => `/etc/ld.so.conf.d/${name}`);
  const named = ["/etc/ld.so.conf", ...configured].flatMap((path) => parseLinkerFolders(system.readText(path) ?? ""));
  const toolkits = system.readFolder("/usr/local").filter((name) => name.startsWith("cuda-"));
  return [...CUDNN_FOLDERS, ...named, ...toolkits.map((name) => `/usr/local/${name}/lib64`)];
}

/** Without folders, and without links that lead nowhere. */
function keepFiles(system: System, folder: string, names: readonly string[]): string[] {
  return names.filter((name) => findFile(system, join(folder, name)) !== undefined);
}

function findFile(system: System, path: string): Stats | undefined {
  const real = system.findPath(path);
  const found = real === undefined ? undefined : statSync(real, { throwIfNoEntry: false });
  return found?.isFile() === true ? found : undefined;
}

/** Absolute. What is relative starts where this program was started, and an empty entry means that folder: ld.so(8), execvp(3). */
function parsePaths(text: string | undefined, separator: RegExp): string[] {
  if (text === undefined || text === "") return [];
  return [...new Set(text.split(separator).map((path) => resolve(path)))];
}
