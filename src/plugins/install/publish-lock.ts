// From objects to a published version: the set is checked as ELF, linked into a tree in staging, run there where there is
// a device, and only then made the one that counts.
import { formatTreePath } from "../catalog/lock.ts";
import type { PluginLock } from "../catalog/lock.ts";
import { findClosureProblems } from "../checks/elf-closure.ts";
import type { MachineFacts } from "../checks/machine-facts.ts";
import { publishVersion } from "../store/publish.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { InstallPluginsOptions } from "./install-options.ts";
import { createProbeFailure, findAbsence, probeInTree } from "./probe-tree.ts";
import { createUnusable } from "./refuse-install.ts";

export interface PublishNeeds {
  objects: ObjectStore;
  facts: MachineFacts;
  /** What the plugin library said of itself. */
  abi: string;
  /** Where the wheels came from; absent where nothing had to be fetched. */
  origin: string | undefined;
}

/** Resolves to the published tree. Throws `plugin_refused`; what was there before stays then. */
export async function publishLock(lock: PluginLock, needs: PublishNeeds, options: InstallPluginsOptions): Promise<string> {
  const { plugin, version } = lock;
  const { pluginsDir } = options.machine;
  checkClosure(lock, needs);
  const { folder: path } = await publishVersion({
    pluginsDir, lock,
    objects: needs.objects,
    receiptFacts: { build: options.machine.build, index: needs.origin },
    checkTree: (tree) => probe(lock, tree, needs, options),
    signal: options.signal,
  });
  options.onEvent?.({ event: "published", plugin, version, path });
  return path;
}

function checkClosure(lock: PluginLock, { objects, facts }: PublishNeeds): void {
  const files = lock.wheels.flatMap((wheel) => wheel.files).map((file) => {
    return { treePath: formatTreePath(file), path: objects.path(file) };
  });
  const system = facts.isReplaced ? {} : { glibc: facts.glibc, glibcxx: facts.libstdcxx?.newestVersion };
  const problems = findClosureProblems(files, { arch: lock.platform.arch, ...system });
  if (problems.length === 0) return;
  const hint = "Use a newer release of this system, or another version: termite plugin list";
  throw createUnusable(lock.plugin, problems.join("; "), hint);
}

async function probe(
  lock: PluginLock,
  tree: string,
  { facts, abi }: PublishNeeds,
  options: InstallPluginsOptions,
): Promise<void> {
  const { plugin } = lock;
  const tell = (ok: boolean, found: string): void => options.onEvent?.({ event: "probe", plugin, ok, found });
  if (options.isProbed === false) return tell(true, `${abi}; not run on the device (--no-probe)`);
  const absence = findAbsence(plugin, facts.hardware);
  if (absence !== undefined) return tell(true, `${abi}; no device: ${absence}`);
  const result = await probeInTree(lock, tree, options.machine.probeTree);
  tell(result.ok, `${abi}; ${result.found}`);
  if (!result.ok) throw createProbeFailure(plugin, result.found);
}
