// The functions of NVML (`nvml.h`) that we call. Those that return "i32" return `nvmlReturn_t`, 0 for success.
import type { FFIFunction } from "bun:ffi";

/** `nvmlReturn_t`. */
export const NVML_SUCCESS = 0;
export const NVML_ERROR_NOT_SUPPORTED = 3;
export const NVML_ERROR_NO_PERMISSION = 4;
/** "GPU is lost": it fell off the bus. */
export const NVML_ERROR_GPU_IS_LOST = 15;
export const NVML_ERROR_UNKNOWN = 999;

/**
 * NVML_SYSTEM_DRIVER_VERSION_BUFFER_SIZE 80, NVML_DEVICE_NAME_V2_BUFFER_SIZE and NVML_DEVICE_UUID_V2_BUFFER_SIZE 96.
 */
export const NVML_TEXT_BYTES = 96;

/** `nvmlMemory_t`: `unsigned long long total, free, used`. */
export const NVML_MEMORY_BYTES = 24;

export const NVML_FUNCTIONS = {
  nvmlInit_v2: { args: [], returns: "i32" },
  nvmlShutdown: { args: [], returns: "i32" },
  nvmlErrorString: { args: ["i32" /* nvmlReturn_t result */], returns: "ptr" /* const char*, static */ },
  nvmlSystemGetDriverVersion: { args: ["ptr" /* char* version */, "u32" /* unsigned int length */], returns: "i32" },
  nvmlSystemGetCudaDriverVersion_v2: { args: ["ptr" /* int* cudaDriverVersion */], returns: "i32" },
  nvmlDeviceGetCount_v2: { args: ["ptr" /* unsigned int* deviceCount */], returns: "i32" },
  nvmlDeviceGetHandleByIndex_v2: {
    args: ["u32" /* unsigned int index */, "ptr" /* nvmlDevice_t* device */], returns: "i32",
  },
  nvmlDeviceGetName: {
    args: ["ptr" /* nvmlDevice_t device */, "ptr" /* char* name */, "u32" /* unsigned int length */], returns: "i32",
  },
  nvmlDeviceGetUUID: {
    args: ["ptr" /* nvmlDevice_t device */, "ptr" /* char* uuid */, "u32" /* unsigned int length */], returns: "i32",
  },
  nvmlDeviceGetCudaComputeCapability: {
    args: ["ptr" /* nvmlDevice_t device */, "ptr" /* int* major */, "ptr" /* int* minor */], returns: "i32",
  },
  nvmlDeviceGetMemoryInfo: { args: ["ptr" /* nvmlDevice_t device */, "ptr" /* nvmlMemory_t* memory */], returns: "i32" },
} as const satisfies Readonly<Record<string, FFIFunction>>;
