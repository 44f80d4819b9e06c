// The facts that the checks before an install look at, read from this machine.
import { dirname } from "node:path";
import { readDisk, readFolder } from "../../doctor/storage/read-folder.ts";
import { PLUGIN_NAMES } from "../../plugins/catalog/lock.ts";
import type { ExistingFolder, MachineFacts } from "../../plugins/checks/machine-facts.ts";
import { findGlibcVersion } from "../../plugins/detect/libc.ts";
import { findLibstdcxx } from "../../plugins/detect/libstdcxx.ts";
import { readOwner } from "../../plugins/search/ownership.ts";
import { resolvePluginPaths, resolveStorePaths } from "../../plugins/store/paths.ts";
import type { Machine } from "../machine.ts";

export async function readMachineFacts(machine: Machine, pluginsDir: string): Promise<MachineFacts> {
  const { system, platform } = machine;
  const [hardware, folders, { noexecMount }, { freeBytes }] = await Promise.all([
    machine.detectHardware(), readFolders(pluginsDir), readFolder(pluginsDir), readDisk(pluginsDir),
  ]);
  return {
    platform, hardware, pluginsDir, folders, noexecMount, freeBytes,
    isReplaced: system.isReplaced,
    glibc: findGlibcVersion(system),
    libstdcxx: findLibstdcxx(system),
    owner: readOwner(),
  };
}

/** Those that an install writes to, as far as they are there; where nothing is, the nearest one above. */
async function readFolders(pluginsDir: string): Promise<ExistingFolder[]> {
  const { objects, partial, staging, locks } = resolveStorePaths(pluginsDir);
  const own = PLUGIN_NAMES.map((plugin) => resolvePluginPaths(pluginsDir, plugin)).flatMap(({ folder, versions }) => {
    return [dirname(folder), folder, versions];
  });
  const paths = [...new Set([pluginsDir, dirname(objects), objects, partial, staging, locks, ...own])];
  const found = (await Promise.all(paths.map(findFolder))).flatMap((folder) => folder ?? []);
  if (found.length > 0) return found;
  const above = (await readFolder(pluginsDir)).parent?.path;
  const folder = above === undefined ? undefined : await findFolder(above);
  return folder === undefined ? [] : [folder];
}

async function findFolder(path: string): Promise<ExistingFolder | undefined> {
  const { state } = await readFolder(path);
  return state === undefined ? undefined : { path, ...state };
}
