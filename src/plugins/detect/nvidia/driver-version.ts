// The version of the NVIDIA driver that the kernel has loaded.
import type { System } from "../system.ts";

/** `undefined` when none is loaded (WSL never has one: its driver is Windows'). A container sees its host's. */
export function findDriverVersion(system: System): string | undefined {
  const version = (system.readText("/sys/module/nvidia/version") ?? "").trim();
  if (/^\d+(\.\d+)+$/.test(version)) return version;
  return parseNvrmVersion(system.readText("/proc/driver/nvidia/version") ?? "");
}

/**
 * NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 19:39:15 UTC 2024
 * NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build  (dvs-builder@U22-I3-B06-03-1)  Sun Jul 27 …
 */
export function parseNvrmVersion(text: string): string | undefined {
  return /^NVRM version:.*?\s(\d+\.\d+(?:\.\d+)*)\s/m.exec(text)?.[1];
}
