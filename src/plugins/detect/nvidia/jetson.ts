// NVIDIA's boards with a GPU in the processor: their driver and libraries are not those that the wheels are made for.
import type { System } from "../system.ts";

/** `NVIDIA Jetson AGX Orin Developer Kit (L4T 36.4.3)`; `undefined` on any other machine. */
export function findJetson(system: System): string | undefined {
  const release = parseTegraRelease(system.readText("/etc/nv_tegra_release") ?? "");
  const isTegra = /(^|\0)nvidia,tegra/.test(system.readText("/proc/device-tree/compatible") ?? "");
  if (release === undefined && !isTegra) return undefined;
  // Firmware ends its texts with a zero: `NVIDIA Jetson AGX Orin Developer Kit\0`.
  const model = (system.readText("/proc/device-tree/model") ?? "").replaceAll("\0", "").trim();
  const name = model === "" ? "NVIDIA Jetson" : model;
  return release === undefined ? name : `${name} (L4T ${release})`;
}

/**
 * `# R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic, EABI: aarch64, DATE: Wed Jan  8 01:49:37 UTC 2025`
 */
export function parseTegraRelease(text: string): string | undefined {
  const [, major, revision] = /^# R(\d+) \(release\), REVISION: ([\d.]+)/m.exec(text) ?? [];
  return major === undefined ? undefined : `${major}.${revision}`;
}
