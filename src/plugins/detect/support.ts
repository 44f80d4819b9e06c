// Whether a target can run here at all: is there such a library for the platform, then does the hardware allow it.
// Pure.
import type { Target } from "../../target.ts";
import type { Hardware, NvidiaHardware, TpuHardware } from "./hardware.ts";
import { formatPlatform } from "./platform.ts";
import type { Platform } from "./platform.ts";

export interface Support {
  isSupported: boolean;
  /** Always there when it is not supported: a phrase without a full stop. */
  reason?: string;
}

/** Architectures of Linux with glibc that a library is published for. */
const ARCHITECTURES: Readonly<Record<Exclude<Target, "onnx:cpu">, readonly string[]>> = {
  "onnx:cuda": ["x64", "arm64"],
  "xla:cuda": ["x64", "arm64"],
  "xla:tpu": ["x64"],
  "xla:cpu": ["x64", "arm64"],
};

/**
 * The platform counts before the hardware: what does not exist needs no driver. `onnx:cpu` runs wherever termite is
 * built.
 */
export function resolveSupport(target: Target, hardware: Hardware, platform: Platform): Support {
  if (target === "onnx:cpu") return { isSupported: true };
  if (!isPublished(target, platform)) return { isSupported: false, reason: explainAbsence(target, platform) };
  if (target === "xla:cpu") return { isSupported: true };
  return target === "xla:tpu" ? resolveTpu(hardware.tpu) : resolveNvidia(hardware.nvidia);
}

function isPublished(target: Exclude<Target, "onnx:cpu">, { os, arch, libc }: Platform): boolean {
  return os === "linux" && libc !== "musl" && ARCHITECTURES[target].includes(arch);
}

function explainAbsence(target: Target, platform: Platform): string {
  const name = formatPlatform(platform);
  return target === "xla:cpu" ? `no PJRT CPU plugin is published for ${name}` : `there is no such library for ${name}`;
}

function resolveNvidia({ state, found, needed }: NvidiaHardware): Support {
  if (state === "usable") return { isSupported: true };
  if (state === "absent") return { isSupported: false, reason: "no NVIDIA GPU is found" };
  return { isSupported: false, reason: formatLack(found, needed) };
}

/** A chip that another process holds is still a chip: `needed` and `remedy` of the hardware say so. */
function resolveTpu({ state, found, needed }: TpuHardware): Support {
  if (state === "usable") return { isSupported: true };
  if (state === "absent") return { isSupported: false, reason: "no TPU is found" };
  return { isSupported: false, reason: formatLack(found, needed) };
}

/** `found driver 470.57.02, need 525.60.13 or newer` */
function formatLack(found: string, needed: string | undefined): string {
  return needed === undefined ? `found ${found}` : `found ${found}, need ${needed}`;
}
