// From what people write to the exact sets of this build: version and variant, and whether they are in place already.
import type { Catalog } from "../catalog/catalog.ts";
import { formatVersionFolder } from "../catalog/lock.ts";
import type { PluginLock } from "../catalog/lock.ts";
import type { PluginSpec } from "../catalog/spec.ts";
import { chooseVariant } from "../checks/choose-variant.ts";
import type { Hardware } from "../detect/hardware.ts";
import type { Platform } from "../detect/platform.ts";

export interface ChooseLocksOptions {
  catalog: Catalog;
  platform: Platform;
  hardware: Pick<Hardware, "nvidia">;
  /** What a bundle says that it holds: of its plugin there is no other choice. */
  bundled?: Pick<PluginLock, "plugin" | "version" | "variant"> | undefined;
}

/** One lock a spec, each plugin once, in their order. Throws `unknown_plugin`, `plugin_refused`. */
export async function chooseLocks(specs: readonly PluginSpec[], options: ChooseLocksOptions): Promise<PluginLock[]> {
  const locks = await Promise.all(specs.map((spec) => chooseLock(spec, options)));
  const folders = locks.map((lock) => `${lock.plugin} ${formatVersionFolder(lock)}`);
  return locks.filter((_, index) => folders.indexOf(folders[index] ?? "") === index);
}

/** The only variant of a plugin counts where the better one is not locked: the checks then say what it lacks here. */
async function chooseLock({ plugin, version }: PluginSpec, options: ChooseLocksOptions): Promise<PluginLock> {
  const { catalog, platform, hardware, bundled } = options;
  if (bundled?.plugin === plugin) return catalog.find({ ...bundled, platform, ...(version !== undefined && { version }) });
  const wanted = chooseVariant(plugin, hardware);
  const variants = await catalog.variants(plugin, platform);
  const variant = variants.includes(wanted) ? wanted : variants[0] ?? wanted;
  return catalog.find({ plugin, variant, platform, ...(version !== undefined && { version }) });
}
