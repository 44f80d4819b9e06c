// Which plugins `serve` installs by itself before it serves. Pure.
import type { Target } from "../../target.ts";
import { PLUGIN_NAMES } from "../catalog/lock.ts";
import type { PluginName } from "../catalog/lock.ts";

export interface ChooseOptions {
  /** `plugins.auto_install` */
  setting: boolean | readonly PluginName[];
  /** `require_target` alone where that is set, else `backend_priority`. */
  priority: readonly Target[];
  /** Whether platform and hardware can run it. */
  isRunnable: (target: Target) => boolean;
  /** Whether a library of it is there that may be used: installed, placed by hand, or named. */
  isThere: (target: Target) => boolean;
}

/** `true` means one at most: that of the first target that this hardware can run. */
export function choosePlugins({ setting, priority, isRunnable, isThere }: ChooseOptions): PluginName[] {
  if (setting === false) return [];
  if (setting !== true) return setting.filter((plugin) => !isThere(plugin));
  const first = priority.find(isRunnable);
  const plugin = PLUGIN_NAMES.find((name) => name === first);
  return plugin === undefined || isThere(plugin) ? [] : [plugin];
}
