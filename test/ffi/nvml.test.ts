// NVML's functions as native callbacks, so that every argument and every status crosses the real border.
import { describe, expect, test } from "bun:test";
import { JSCallback, linkSymbols, toArrayBuffer } from "bun:ffi";
import { NativeError } from "../../src/errors.ts";
import { createCString } from "../../src/ffi/memory.ts";
import { NVML_FUNCTIONS } from "../../src/ffi/nvml-symbols.ts";
import { formatCudaVersion, readNvmlReport } from "../../src/ffi/nvml.ts";
import type { Nvml } from "../../src/ffi/nvml.ts";

type Name = keyof typeof NVML_FUNCTIONS;
type Behaviour = (...args: number[]) => number;

const NAMES = ["NVIDIA H100 80GB HBM3", "NVIDIA GB10"];
const HANDLES = [0x1000, 0x2000];
const WORDS = createCString("Driver/library version mismatch");

const view = (address: number, size: number) => new DataView(toArrayBuffer(address, 0, size));
const writeInt = (address: number, value: number) => (view(address, 4).setInt32(0, value, true), 0);
function writeText(address: number, text: string, length: number): number {
  if (text.length + 1 > length) return 7; // NVML_ERROR_INSUFFICIENT_SIZE
  new Uint8Array(toArrayBuffer(address, 0, length)).set(new TextEncoder().encode(`${text}\0`));
  return 0;
}

const WORKING: Record<Name, Behaviour> = {
  nvmlInit_v2: () => 0,
  nvmlShutdown: () => 0,
  nvmlErrorString: () => Number(WORDS.address),
  nvmlSystemGetDriverVersion: (out = 0, length = 0) => writeText(out, "580.65.06", length),
  nvmlSystemGetCudaDriverVersion_v2: (out = 0) => writeInt(out, 13000),
  nvmlDeviceGetCount_v2: (out = 0) => writeInt(out, 3),
  // The third is one that a container may not use.
  nvmlDeviceGetHandleByIndex_v2: (index = 0, out = 0) => {
    const handle = HANDLES[index];
    if (handle === undefined) return 4;
    view(out, 8).setBigUint64(0, BigInt(handle), true);
    return 0;
  },
  nvmlDeviceGetName: (device = 0, out = 0, length = 0) => writeText(out, NAMES[HANDLES.indexOf(device)] ?? "", length),
  nvmlDeviceGetUUID: (device = 0, out = 0, length = 0) => writeText(out, `GPU-${device.toString(16)}`, length),
  nvmlDeviceGetCudaComputeCapability: (device = 0, major = 0, minor = 0) => {
    const index = HANDLES.indexOf(device);
    return writeInt(major, [9, 12][index] ?? 0) + writeInt(minor, index);
  },
  nvmlDeviceGetMemoryInfo: (device = 0, out = 0) => {
    if (device !== HANDLES[0]) return 3; // NVML_ERROR_NOT_SUPPORTED
    view(out, 24).setBigUint64(0, 85899345920n, true);
    return 0;
  },
};

/** The table of `nvml-symbols.ts` bound to `behaviour`; `use` must not keep it. */
function withNvml<T>(changes: Partial<Record<Name, Behaviour>>, use: (nvml: Nvml) => T): T {
  const entries = Object.entries({ ...WORKING, ...changes }) as [Name, Behaviour][];
  const callbacks = entries.map(([name, behaviour]) => [name, new JSCallback(behaviour, NVML_FUNCTIONS[name])] as const);
  const linked = linkSymbols(Object.fromEntries(callbacks.map(([name, { ptr }]) => [name, { ...NVML_FUNCTIONS[name], ptr: ptr! }])));
  try {
    return use(linked as unknown as Nvml);
  } finally {
    linked.close();
    for (const [, callback] of callbacks) callback.close();
  }
}

describe("readNvmlReport()", () => {
  test("reads versions and every GPU that this process may use", () => {
    expect(withNvml({}, readNvmlReport)).toEqual({
      driverVersion: "580.65.06", cudaDriverVersion: "13.0",
      devices: [
        { name: "NVIDIA H100 80GB HBM3", uuid: "GPU-1000", computeCapability: "9.0", memoryBytes: 85899345920 },
        { name: "NVIDIA GB10", uuid: "GPU-2000", computeCapability: "12.1" },
      ],
    });
  });

  const HANDLE = "nvmlDeviceGetHandleByIndex_v2";
  /** A GPU that answers `status` to this call, and no other. */
  const breakOne = (name: Name, index: number, status: number): Partial<Record<Name, Behaviour>> => {
    const whose = name === HANDLE ? index : (HANDLES[index] ?? 0);
    return { [name]: (...args: number[]) => (args[0] === whose ? status : WORKING[name](...args)) };
  };
  const ofDevices = [HANDLE, "nvmlDeviceGetName", "nvmlDeviceGetUUID", "nvmlDeviceGetCudaComputeCapability", "nvmlDeviceGetMemoryInfo"] as const;

  test.each(ofDevices.flatMap((name) => [[name, 15], [name, 999]] as const))(
    "reads the other GPU and NVML's words when %s of one fails with %d", (name, status) => {
      const { devices, failures } = withNvml(breakOne(name, 0, status), readNvmlReport);
      expect(devices.map(({ uuid }) => uuid)).toEqual(["GPU-2000"]);
      expect(failures).toEqual(["Driver/library version mismatch"]);
    });

  test.each([15, 999])("throws NVML's words when every GPU fails with %d", (status) => {
    const read = () => withNvml({ nvmlDeviceGetName: () => status }, readNvmlReport);
    expect(read).toThrow(new NativeError("nvml", status, "Driver/library version mismatch"));
  });

  const checked = Object.keys(NVML_FUNCTIONS).filter((name) => name !== "nvmlErrorString") as Name[];
  test.each(checked)("throws NVML's words when %s fails", (name) => {
    const read = () => withNvml({ [name]: () => 18 }, readNvmlReport);
    expect(read).toThrow(new NativeError("nvml", 18, "Driver/library version mismatch"));
  });
});

describe("NVML_FUNCTIONS", () => {
  test("takes as many arguments as nvml.h says", () => {
    expect(Object.entries(NVML_FUNCTIONS).map(([name, { args, returns }]) => `${name} ${args.join(" ")} -> ${returns}`)).toEqual([
      "nvmlInit_v2  -> i32",
      "nvmlShutdown  -> i32",
      "nvmlErrorString i32 -> ptr",
      "nvmlSystemGetDriverVersion ptr u32 -> i32",
      "nvmlSystemGetCudaDriverVersion_v2 ptr -> i32",
      "nvmlDeviceGetCount_v2 ptr -> i32",
      "nvmlDeviceGetHandleByIndex_v2 u32 ptr -> i32",
      "nvmlDeviceGetName ptr ptr u32 -> i32",
      "nvmlDeviceGetUUID ptr ptr u32 -> i32",
      "nvmlDeviceGetCudaComputeCapability ptr ptr ptr -> i32",
      "nvmlDeviceGetMemoryInfo ptr ptr -> i32",
    ]);
  });
});

describe("formatCudaVersion()", () => {
  test.each([[13000, "13.0"], [12040, "12.4"], [11080, "11.8"], [10020, "10.2"]])("formats %p", (version, expected) => {
    expect(formatCudaVersion(version)).toBe(expected);
  });
});
