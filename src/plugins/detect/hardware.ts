// What a machine has to run models on, as plain data: found by `detect-hardware.ts`, read by the plugin list, `doctor`,
// and whoever decides which plugin fits.

/** The CUDA majors that plugins exist for. */
export type CudaMajor = 12 | 13;

/** One GPU that this process may use, in NVML's order (that of the PCI bus). */
export interface Gpu {
  index: number;
  /** "NVIDIA H100 80GB HBM3" */
  name: string;
  /** "GPU-8a56a4bc-…": what a runner names the GPU by, because CUDA numbers mixed GPUs by speed and NVML by bus. */
  uuid?: string;
  /** "9.0"; absent when NVML could not be asked. */
  computeCapability?: string;
  /** Absent when NVML could not be asked, or the GPU has no memory of its own. */
  memoryBytes?: number;
}

/** Every outcome of looking for NVIDIA GPUs; the texts are in `nvidia/findings.ts`. */
export type NvidiaState =
  /** At least one GPU that a plugin can run on. */
  | "usable"
  /** No sign of an NVIDIA GPU. */
  | "absent"
  /** `CUDA_VISIBLE_DEVICES` is empty, -1 or names nothing that is there. */
  | "hidden"
  /** A GPU on the PCI bus (or a device node) and no loaded driver for it. */
  | "driver_missing"
  /** Older than every plugin wants. */
  | "driver_too_old"
  /** Device nodes in a container without `libcuda`: the container toolkit is missing. */
  | "container_toolkit_missing"
  /** `libcuda` (or the kernel's driver) in a container without device nodes: started without GPUs. */
  | "container_without_gpu"
  /** Device nodes that this user may not open. */
  | "not_permitted"
  /** An NVIDIA Jetson: its driver is not the one that the wheels are made for. */
  | "jetson"
  /** Compute capability below what every plugin wants. */
  | "gpu_too_old"
  /**
   * The driver is there and does not work as a whole: NVML fails (`found` has its words), nodes or libraries are
   * missing.
   */
  | "driver_failed";

export interface NvidiaHardware {
  state: NvidiaState;
  /** What was found, in words: `1 GPU: NVIDIA H100 80GB HBM3 (80 GB, compute capability 9.0), driver 580.65.06`. */
  found: string;
  /**
   * What would be needed, and the command or action that mends it; absent when nothing is wrong. `needed` follows
   * "found …, need": `525.60.13 or newer`.
   */
  needed?: string;
  remedy?: string;
  /** "580.65.06" */
  driverVersion?: string;
  /** "13.0": the newest CUDA that the driver speaks, by its own word. */
  cudaDriverVersion?: string;
  /**
   * The newest CUDA major that both the driver and the chosen GPU allow; by the driver alone where NVML was not asked.
   */
  cudaMajor?: CudaMajor;
  /** GPUs that this process may use (`CUDA_VISIBLE_DEVICES` obeyed). */
  gpus: readonly Gpu[];
  /** The one that a plugin would use: of `gpus` the first that the newest CUDA major runs on. */
  chosen?: Gpu;
  /** True on Windows Subsystem for Linux. */
  isWsl: boolean;
}

export type TpuGeneration = "v2/v3" | "v4" | "v5p" | "v5e" | "v6e" | "7x";

export interface TpuHardware {
  state: "usable" | "absent" | "nodes_missing" | "not_permitted";
  /** `4 chips of TPU v4`, `1 chip of TPU v5e, held by process 4242 (python3)` */
  found: string;
  /** Also with "usable", when another process holds a chip. */
  needed?: string;
  remedy?: string;
  generation?: TpuGeneration;
  chips: number;
  /** Process that holds a chip's device node, when one does and it can be seen. */
  holder?: { pid: number; name: string };
}

export interface Hardware {
  nvidia: NvidiaHardware;
  tpu: TpuHardware;
  isContainer: boolean;
  /**
   * What replaces the machine's own answers (`TERMITE_SYSTEM_ROOT=…`, `TERMITE_FAKE_NVML=…`): shown, and logged as a
   * warning.
   */
  overrides: readonly string[];
}
