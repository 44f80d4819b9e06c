// One device that a client can run on, in the plugin's own words.
import { NativeError } from "../../errors.ts";
import type { Address } from "../memory.ts";
import type { Pjrt } from "./api.ts";
import { readText } from "./text.ts";

export interface PjrtDevice {
  /** `PJRT_Device*`. SAFETY: belongs to the client and lives as long as it. */
  readonly address: Address;
  readonly id: number;
  /** "cpu", "NVIDIA H100 80GB HBM3", "TPU v4" */
  readonly kind: string;
  /** Says more: platform, process, coordinates. */
  readonly debugString: string;
}

export interface DeviceMemory {
  usedBytes: number;
  peakBytes?: number;
  limitBytes?: number;
}

export function readDevice(pjrt: Pjrt, address: Address): PjrtDevice {
  const device_description = pjrt.call("Device_GetDescription", { device: address }).get("device_description");
  const kind = pjrt.call("DeviceDescription_Kind", { device_description });
  const debug = pjrt.call("DeviceDescription_DebugString", { device_description });
  return {
    address,
    id: pjrt.call("DeviceDescription_Id", { device_description }).get("id"),
    kind: readText(kind.get("device_kind"), kind.get("device_kind_size")),
    debugString: readText(debug.get("debug_string"), debug.get("debug_string_size")),
  };
}

/** `absl::StatusCode::kUnimplemented` */
const UNIMPLEMENTED = 12;

/** `undefined` where the plugin does not count, as on CPU. */
export function readDeviceMemory(pjrt: Pjrt, device: Address): DeviceMemory | undefined {
  if (!pjrt.has("Device_MemoryStats")) return undefined;
  try {
    const stats = pjrt.call("Device_MemoryStats", { device });
    return {
      usedBytes: stats.get("bytes_in_use"),
      ...(stats.get("peak_bytes_in_use_is_set") ? { peakBytes: stats.get("peak_bytes_in_use") } : {}),
      ...(stats.get("bytes_limit_is_set") ? { limitBytes: stats.get("bytes_limit") } : {}),
    };
  } catch (error) {
    if (error instanceof NativeError && error.nativeStatus === UNIMPLEMENTED) return undefined;
    throw error;
  }
}
