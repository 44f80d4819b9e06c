// The NVIDIA driver's management library: versions and GPUs. Only for a child process: a broken driver hangs or kills.
import { dlopen } from "bun:ffi";
import type { Library } from "bun:ffi";
import { formatError, NativeError } from "../errors.ts";
import { checkedPointer, createNativeBuffer, readCString } from "./memory.ts";
import type { Address } from "./memory.ts";
import {
  NVML_ERROR_GPU_IS_LOST, NVML_ERROR_NO_PERMISSION, NVML_ERROR_NOT_SUPPORTED, NVML_ERROR_UNKNOWN, NVML_FUNCTIONS,
  NVML_MEMORY_BYTES, NVML_SUCCESS, NVML_TEXT_BYTES,
} from "./nvml-symbols.ts";
import { openGlobalLibrary } from "./preload.ts";

/** The driver installs this name; the one without a number comes with development packages only. */
export const NVML_LIBRARY = "libnvidia-ml.so.1";

/**
 * On WSL the Windows driver's own, before one that a Linux package may have put beside it; then what the linker finds.
 */
const NVML_PLACES = [`/usr/lib/wsl/lib/${NVML_LIBRARY}`, NVML_LIBRARY] as const;

/** What NVML says of one GPU that is broken, while the others work. */
const BROKEN: readonly number[] = [NVML_ERROR_GPU_IS_LOST, NVML_ERROR_UNKNOWN];

export type Nvml = Library<typeof NVML_FUNCTIONS>;

export interface NvmlDevice {
  name: string;
  uuid: string;
  /** "9.0" */
  computeCapability: string;
  /** Absent where GPU and CPU share their memory. */
  memoryBytes?: number;
}

export interface NvmlAnswers {
  /** "580.65.06" */
  driverVersion: string;
  /** "13.0" */
  cudaDriverVersion: string;
  /** Those that answer, in the order of the PCI bus. */
  devices: NvmlDevice[];
  /** NVML's words for each GPU that is broken by itself; absent when none is. */
  failures?: string[];
}

/** The first library that is there; `undefined` when none is. `NativeError` when one is there and cannot be opened. */
export function findNvml(): Nvml | undefined {
  for (const place of NVML_PLACES) {
    const nvml = findLibrary(place);
    if (nvml !== undefined) return nvml;
  }
  return undefined;
}

/**
 * The linker opens it first: `bun:ffi` would try the working folder next where the linker finds no such name, and code
 * of whatever folder termite was started in must never run. Once it is open, the same name leads to the same library.
 */
function findLibrary(place: string): Nvml | undefined {
  try {
    openGlobalLibrary(place);
    return dlopen(place, NVML_FUNCTIONS);
  } catch (cause) {
    const words = formatError(cause);
    if (isAbsent(words, place)) return undefined;
    throw new NativeError("nvml", -1, `${NVML_LIBRARY} cannot be opened (${words})`, { cause });
  }
}

/**
 * `libnvidia-ml.so.1: cannot open shared object file: No such file or directory`; of another name it is a missing
 * dependency.
 */
function isAbsent(words: string, place: string): boolean {
  return words.startsWith(`${place}: cannot open shared object file: No such file`);
}

/**
 * Everything at once, between `nvmlInit` and `nvmlShutdown`. `NativeError` with NVML's words when a call fails; a GPU that
 * is broken by itself is one only where no other is left.
 */
export function readNvmlReport(nvml: Nvml): NvmlAnswers {
  checkStatus(nvml, nvml.symbols.nvmlInit_v2());
  const answers = {
    driverVersion: readText(nvml, (out, length) => nvml.symbols.nvmlSystemGetDriverVersion(out, length)),
    cudaDriverVersion: formatCudaVersion(readInt(nvml, (out) => nvml.symbols.nvmlSystemGetCudaDriverVersion_v2(out))),
    ...readDevices(nvml),
  };
  checkStatus(nvml, nvml.symbols.nvmlShutdown());
  return answers;
}

function readDevices(nvml: Nvml): Pick<NvmlAnswers, "devices" | "failures"> {
  const count = readInt(nvml, (out) => nvml.symbols.nvmlDeviceGetCount_v2(out));
  const devices: NvmlDevice[] = [];
  const failures: NativeError[] = [];
  for (let index = 0; index < count; index++) {
    const found = tryDevice(nvml, index);
    if (found instanceof NativeError) failures.push(found);
    else if (found !== undefined) devices.push(found);
  }
  const [first] = failures;
  if (first === undefined) return { devices };
  if (devices.length === 0) throw first;
  return { devices, failures: failures.map(({ message }) => message) };
}

/** The GPU, or the error of one that is broken by itself. */
function tryDevice(nvml: Nvml, index: number): NvmlDevice | NativeError | undefined {
  try {
    return findDevice(nvml, index);
  } catch (error) {
    if (error instanceof NativeError && BROKEN.includes(error.nativeStatus)) return error;
    throw error;
  }
}

/** NVML counts GPUs that this process is kept from (cgroups of a container) too; CUDA does not. */
function findDevice(nvml: Nvml, index: number): NvmlDevice | undefined {
  const out = createNativeBuffer(8);
  const status = nvml.symbols.nvmlDeviceGetHandleByIndex_v2(index, out.address);
  if (status === NVML_ERROR_NO_PERMISSION) return undefined;
  checkStatus(nvml, status);
  // SAFETY: the handle belongs to NVML and is good until `nvmlShutdown`.
  return readDevice(nvml, checkedPointer(out));
}

function readDevice(nvml: Nvml, device: Address): NvmlDevice {
  const memoryBytes = findMemory(nvml, device);
  return {
    name: readText(nvml, (text, length) => nvml.symbols.nvmlDeviceGetName(device, text, length)),
    uuid: readText(nvml, (text, length) => nvml.symbols.nvmlDeviceGetUUID(device, text, length)),
    computeCapability: readComputeCapability(nvml, device),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
  };
}

function readComputeCapability(nvml: Nvml, device: Address): string {
  const major = createNativeBuffer(4);
  const minor = createNativeBuffer(4);
  checkStatus(nvml, nvml.symbols.nvmlDeviceGetCudaComputeCapability(device, major.address, minor.address));
  return `${major.view.getInt32(0, true)}.${minor.view.getInt32(0, true)}`;
}

/** GPUs that share the CPU's memory (GB10) answer "not supported", which is no failure. */
function findMemory(nvml: Nvml, device: Address): number | undefined {
  const memory = createNativeBuffer(NVML_MEMORY_BYTES);
  const status = nvml.symbols.nvmlDeviceGetMemoryInfo(device, memory.address);
  if (status === NVML_ERROR_NOT_SUPPORTED) return undefined;
  checkStatus(nvml, status);
  return Number(memory.view.getBigUint64(0, true));
}

/** 13000 is 13.0, 12040 is 12.4: `NVML_CUDA_DRIVER_VERSION_MAJOR` and `_MINOR`. */
export function formatCudaVersion(version: number): string {
  return `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`;
}

function readText(nvml: Nvml, call: (out: Address, length: number) => number): string {
  const out = createNativeBuffer(NVML_TEXT_BYTES);
  checkStatus(nvml, call(out.address, NVML_TEXT_BYTES));
  return readCString(out.address);
}

function readInt(nvml: Nvml, call: (out: Address) => number): number {
  const out = createNativeBuffer(4);
  checkStatus(nvml, call(out.address));
  return out.view.getInt32(0, true);
}

function checkStatus(nvml: Nvml, status: number): void {
  if (status === NVML_SUCCESS) return;
  // SAFETY: a static string of the library, which stays open.
  const words = nvml.symbols.nvmlErrorString(status) as Address | null;
  throw new NativeError("nvml", status, words === null ? `status ${status}` : readCString(words));
}
