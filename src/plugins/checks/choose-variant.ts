// Which of a plugin's variants this machine gets: CUDA 13 or 12 by the driver and the GPU. Pure.
import type { PluginLock, PluginName } from "../catalog/lock.ts";
import type { Hardware } from "../detect/hardware.ts";

export type Variant = PluginLock["variant"];

/** Without a driver the newest; with one that is too old for both the one that asks less of it. */
export function chooseVariant(plugin: PluginName, { nvidia }: Pick<Hardware, "nvidia">): Variant {
  if (plugin === "xla:tpu") return "tpu";
  if (nvidia.cudaMajor === 12) return "cuda12";
  return nvidia.state === "driver_too_old" || nvidia.state === "gpu_too_old" ? "cuda12" : "cuda13";
}
