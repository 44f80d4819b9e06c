// Makes a version of verified objects the one that counts: a whole tree beside the others, then one rename, then one link.
// Whenever it is cut short, the version before counts as it did, or the new one does.
import { rm } from "node:fs/promises";
import { formatVersionFolder } from "../catalog/lock.ts";
import type { PluginLock, PluginName } from "../catalog/lock.ts";
import { createReceipt, listTreeFiles } from "./create-receipt.ts";
import type { ReceiptFacts } from "./create-receipt.ts";
import { removeDamageMark } from "./damage-mark.ts";
import { readCurrent, readVersion } from "./installed.ts";
import type { InstalledVersion } from "./installed.ts";
import { checkReplaceable, flipCurrent } from "./links.ts";
import type { ObjectStore } from "./object-store.ts";
import { placeTree, resolveVersionName } from "./place-tree.ts";
import { createStaging } from "./staging.ts";
import { stageTree } from "./stage-tree.ts";
import type { LinkFile } from "./stage-tree.ts";
import { withStoreErrors } from "./store-error.ts";

export interface PublishOptions {
  pluginsDir: string;
  lock: PluginLock;
  /** Has every file of the lock. */
  objects: ObjectStore;
  receiptFacts: ReceiptFacts;
  signal?: AbortSignal | undefined;
  /** Looks at the whole tree before it gets its name, the receipt in it; rejects to keep it from being published. */
  checkTree?: ((tree: string) => Promise<void>) | undefined;
  /** `link(2)`, where it is left out. */
  link?: LinkFile | undefined;
}

/**
 * Under the install lock. The version that counted until now stays, for `rollback`. A tree of the same version that is
 * there is replaced; throws `plugin_in_use` while somebody holds that one.
 */
export function publishVersion(options: PublishOptions): Promise<InstalledVersion> {
  return withStoreErrors(options.pluginsDir, () => publish(options));
}

async function publish({ pluginsDir, lock, receiptFacts, checkTree, ...sources }: PublishOptions): Promise<InstalledVersion> {
  const { plugin } = lock;
  checkReplaceable(pluginsDir, plugin);
  const files = listTreeFiles(lock);
  const name = formatVersionFolder(lock);
  const receipt = createReceipt(lock, receiptFacts, findReplaced(pluginsDir, plugin, name));
  const staging = await createStaging(pluginsDir);
  try {
    await stageTree({ folder: staging, files, receipt, ...sources });
    sources.signal?.throwIfAborted();
    await checkTree?.(staging);
    const published = await placeTree(staging, { pluginsDir, plugin, name });
    await flipCurrent({ pluginsDir, plugin, name: published, library: lock.library });
    await removeDamageMark(pluginsDir, plugin);
    const { installed, problem } = readVersion(pluginsDir, plugin, published);
    if (installed === undefined) throw new TypeError(`Cannot find what was just installed: ${problem}`);
    return installed;
  } finally {
    // Moved away by now, or cut short.
    await rm(staging, { recursive: true, force: true });
  }
}

/** What `rollback` is to go back to: the version that counts now, or what that one replaced where it is this one again. */
function findReplaced(pluginsDir: string, plugin: PluginName, name: string): string | undefined {
  const counting = readCurrent(pluginsDir, plugin)?.name;
  if (counting === undefined) return undefined;
  const { installed } = readVersion(pluginsDir, plugin, counting);
  if (resolveVersionName(counting) === name) return installed?.receipt.replaces;
  return installed === undefined ? undefined : counting;
}
