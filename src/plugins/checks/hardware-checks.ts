// Whether the machine's hardware can run a plugin: there at all, a driver that is new enough, a GPU that is. Pure.
import type { PluginLock } from "../catalog/lock.ts";
import type { NvidiaHardware } from "../detect/hardware.ts";
import { formatGpu } from "../detect/nvidia/findings.ts";
import type { InstallCheck } from "../install/events.ts";
import { isAtLeast } from "../../version-order.ts";
import type { MachineFacts } from "./machine-facts.ts";

/** Of hardware that is there and too old: the checks of driver and compute capability say so with their numbers. */
const TOO_OLD: readonly string[] = ["driver_too_old", "gpu_too_old"];

export function checkHardware(lock: PluginLock, { hardware }: MachineFacts): InstallCheck[] {
  const isTpu = lock.variant === "tpu";
  const { state, found, needed, remedy } = isTpu ? hardware.tpu : hardware.nvidia;
  const thing = isTpu ? "a TPU" : "an NVIDIA GPU";
  if (state === "usable" || TOO_OLD.includes(state)) return [{ name: "hardware", ok: true, found, needed: thing }];
  const force = `Install it on a machine with ${thing}, or here all the same with --force`;
  return [{ name: "hardware", ok: false, found, needed: needed ?? thing, remedy: remedy ?? force }];
}

/** Nothing where there is no driver: the hardware's check has said so. */
export function checkDriver({ needs }: PluginLock, { hardware: { nvidia } }: MachineFacts): InstallCheck[] {
  const { driverVersion: version, isWsl } = nvidia;
  if (needs.driver === undefined || version === undefined) return [];
  const [found, needed] = [`driver ${version}`, `${needs.driver} or newer`];
  if (isAtLeast(version, needs.driver)) return [{ name: "driver", ok: true, found, needed }];
  const where = isWsl ? " in Windows" : "";
  return [{ name: "driver", ok: false, found, needed, remedy: `Update NVIDIA's driver${where} to ${needed}` }];
}

/** Nothing where no GPU told it. */
export function checkComputeCapability({ needs }: PluginLock, { hardware: { nvidia } }: MachineFacts): InstallCheck[] {
  const gpu = findGpu(nvidia);
  const capability = gpu?.computeCapability;
  if (needs.computeCapability === undefined || gpu === undefined || capability === undefined) return [];
  const needed = `compute capability ${needs.computeCapability} or higher`;
  const check = { name: "compute capability", found: formatGpu(gpu), needed };
  if (isAtLeast(capability, needs.computeCapability)) return [{ ...check, ok: true }];
  return [{ ...check, ok: false, remedy: 'Use "onnx:cpu", or a machine with a newer GPU' }];
}

/** The GPU that would be used, or the first of those that are all too old. */
function findGpu({ chosen, gpus }: NvidiaHardware): NvidiaHardware["chosen"] {
  return chosen ?? gpus[0];
}
