// Whether a lock's plugin is installed as the lock says, by a look that takes milliseconds.
import { dirname } from "node:path";
import { formatVersionFolder } from "../catalog/lock.ts";
import type { PluginLock, PluginName } from "../catalog/lock.ts";
import { findPathProblem, readOwner } from "../search/ownership.ts";
import type { Receipt } from "../search/receipt.ts";
import { listTreeFiles } from "./create-receipt.ts";
import { hasDamageMark } from "./damage-mark.ts";
import { readInstalled } from "./installed.ts";
import { hasLibraryLink } from "./links.ts";
import { resolvePluginPaths } from "./paths.ts";
import { resolveVersionName } from "./place-tree.ts";
import { hasLeftovers } from "./staging.ts";
import { findTreeProblems } from "./tree-problems.ts";

/** Why `publishVersion` has something to do, in words; `undefined` when all is in place. Content is not read. */
export function findInstallReason(pluginsDir: string, lock: PluginLock): string | undefined {
  const { plugin } = lock;
  const { installed, problem } = readInstalled(pluginsDir, plugin);
  if (installed === undefined) return problem ?? `found no "${plugin}"`;
  const { name, folder, receipt } = installed;
  const foreign = findForeignFolder(pluginsDir, plugin, folder);
  if (foreign !== undefined) return foreign;
  if (resolveVersionName(name) !== formatVersionFolder(lock)) return `found version "${name}"`;
  if (!isSameTree(receipt, lock)) return `found version "${name}" with other files`;
  const wrong = findTreeProblems(folder, receipt)[0];
  if (wrong !== undefined) return `found "${wrong.path}" ${wrong.kind} in version "${name}"`;
  if (hasDamageMark(pluginsDir, plugin)) return `found version "${name}" damaged when it was verified`;
  if (!hasLibraryLink(pluginsDir, plugin, lock.library)) return `found no link to the library of version "${name}"`;
  return hasLeftovers(pluginsDir) ? "found what an install that was cut short left" : undefined;
}

/** What another user could change does not count, as whole as it may look: the search passes over it too. */
function findForeignFolder(pluginsDir: string, plugin: PluginName, version: string): string | undefined {
  const { folder, versions } = resolvePluginPaths(pluginsDir, plugin);
  return findPathProblem([pluginsDir, dirname(folder), folder, versions, version], readOwner());
}

function isSameTree(receipt: Receipt, lock: PluginLock): boolean {
  const files = listTreeFiles(lock);
  if (files.size !== receipt.files.length) return false;
  return receipt.files.every(({ path, sha256, mode }) => {
    const file = files.get(path);
    return file?.sha256 === sha256 && file.mode === mode;
  });
}
