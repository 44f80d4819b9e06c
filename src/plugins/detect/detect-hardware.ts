// What this machine has to run models on: GPUs, TPUs, whether it is a container, and what stands in for its own
// answers.
import { findContainer } from "./container.ts";
import type { Hardware } from "./hardware.ts";
import { detectNvidia } from "./nvidia/detect-nvidia.ts";
import type { NvmlAnswer } from "./nvml-answer.ts";
import type { System } from "./system.ts";
import { detectTpu } from "./tpu.ts";

export interface DetectHardwareOptions {
  /**
   * `() => readNvml(system, …)`; called only when files say that an NVIDIA driver may be there. `undefined`: not asked.
   */
  readNvml: () => Promise<NvmlAnswer | undefined>;
}

const OVERRIDES = ["TERMITE_SYSTEM_ROOT", "TERMITE_FAKE_NVML"] as const;

/** Never throws for what the machine lacks; `invalid_config` when `TERMITE_FAKE_NVML` cannot be read. */
export async function detectHardware(system: System, options: DetectHardwareOptions): Promise<Hardware> {
  return {
    nvidia: await detectNvidia(system, options),
    tpu: detectTpu(system),
    isContainer: findContainer(system) !== undefined,
    overrides: formatOverrides(system.environment),
  };
}

/** `TERMITE_FAKE_NVML=/tmp/one.json`, for a warning and for `doctor`. */
export function formatOverrides(environment: Readonly<Record<string, string>>): string[] {
  return OVERRIDES.filter((name) => (environment[name] ?? "") !== "").map((name) => `${name}=${environment[name]}`);
}
