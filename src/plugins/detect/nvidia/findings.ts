// The texts of every state: what was found, what is needed ("found …, need …"), and what mends it.
import type { Container } from "../container.ts";
import type { CudaMajor, Gpu, NvidiaState } from "../hardware.ts";
import type { PciDevice } from "../pci.ts";
import { CUDA_FLOORS } from "./cuda-floors.ts";

export interface NvidiaFinding {
  state: NvidiaState;
  found: string;
  needed?: string;
  remedy?: string;
}

const [NEWEST, OLDEST] = CUDA_FLOORS;

export const ABSENT: NvidiaFinding = { state: "absent", found: "no NVIDIA GPU" };

/** `CUDA_VISIBLE_DEVICES`, with how many GPUs it could have named where that is known. */
export function formatHidden(text: string, count?: number): NvidiaFinding {
  const hides = count === undefined ? "which hides every GPU" : `which names none of ${formatCount(count, "GPU")}`;
  return {
    state: "hidden",
    found: `CUDA_VISIBLE_DEVICES "${text}", ${hides}`,
    needed: "CUDA_VISIBLE_DEVICES unset or naming a GPU that is there",
    remedy: "unset CUDA_VISIBLE_DEVICES",
  };
}

export function formatJetson(found: string): NvidiaFinding {
  return {
    state: "jetson",
    found,
    needed: "a GPU with NVIDIA's driver for servers and PCs",
    remedy: 'Use "onnx:cpu" on this board, or a machine with an NVIDIA GPU on the PCI bus',
  };
}

export function formatContainerWithoutGpu(found: string, container: Container): NvidiaFinding {
  const remedy = container === "kubernetes"
    ? 'Give the container the resource limit "nvidia.com/gpu: 1"'
    : 'Start the container with "--gpus all" (podman: "--device nvidia.com/gpu=all", ' +
      'Kubernetes: the limit "nvidia.com/gpu: 1")';
  return {
    state: "container_without_gpu", found: `${found} in a container without "/dev/nvidia0"`,
    needed: "a container that was started with GPUs", remedy,
  };
}

export function formatToolkitMissing(node: string): NvidiaFinding {
  return {
    state: "container_toolkit_missing",
    found: `"${node}" in a container without "libcuda.so.1"`,
    needed: "the driver's libraries in the container",
    remedy:
      "Install the NVIDIA Container Toolkit on the host and start the container with \"--gpus all\" " +
      '(NVIDIA_DRIVER_CAPABILITIES, where it is set, has to hold "compute")',
  };
}

export function formatDriverMissing(found: string): NvidiaFinding {
  return {
    state: "driver_missing",
    found: `${found} and no loaded NVIDIA driver`,
    needed: `NVIDIA's driver ${NEWEST.driver} or newer`,
    remedy:
      `Install NVIDIA's driver ${NEWEST.driver} or newer and restart; ` +
      'if it is installed, "sudo modprobe nvidia" says why it does not load',
  };
}

/** `1 NVIDIA GPU on the PCI bus (10de:2330, driver "nouveau")` */
export function formatPciGpus(devices: readonly PciDevice[]): string {
  const ids = new Set(devices.map(({ vendor, device, driver }) => {
    const id = `${vendor.slice(2)}:${device.slice(2)}`;
    return driver === undefined ? id : `${id}, driver "${driver}"`;
  }));
  return `${formatCount(devices.length, "NVIDIA GPU")} on the PCI bus (${[...ids].join("; ")})`;
}

export function formatNotPermitted(paths: readonly string[], container: Container | undefined): NvidiaFinding {
  const remedy = container === undefined
    ? 'sudo usermod -aG video,render "$USER", then log in again'
    : 'Start the container with "--group-add" and the number of the group that owns the device node';
  return {
    state: "not_permitted",
    found: `${paths.map((path) => `"${path}"`).join(", ")}, which this user may not open`,
    needed: "read and write access to the device nodes", remedy,
  };
}

export function formatDriverTooOld(version: string): NvidiaFinding {
  return {
    state: "driver_too_old",
    found: `driver ${version}`,
    needed: `${OLDEST.driver} or newer`,
    remedy: `Update NVIDIA's driver to ${NEWEST.driver} or newer`,
  };
}

export function formatGpuTooOld(gpus: readonly Gpu[], driver: string): NvidiaFinding {
  return {
    state: "gpu_too_old",
    found: formatGpus(gpus, gpus, driver),
    needed: `compute capability ${OLDEST.capability} or higher`,
    remedy: `Use "onnx:cpu", or a GPU of compute capability ${NEWEST.capability} or higher`,
  };
}

const MISMATCH = /version mismatch/i;

/** NVML's own words: "Driver/library version mismatch", "Unknown Error", or ours: "no answer within 15 s". */
export function formatNvmlFailure(words: string, driver: string | undefined): NvidiaFinding {
  const subject = driver === undefined ? "the NVIDIA driver" : `driver ${driver}`;
  const found = `${subject}, whose library NVML fails with "${words}"`;
  if (!MISMATCH.test(words)) return formatDriverFailed(found);
  return {
    state: "driver_failed", found,
    needed: "a kernel module and libraries of the same driver version",
    remedy: "Restart the machine: the driver was updated while the old one was loaded",
  };
}

export function formatDriverFailed(found: string): NvidiaFinding {
  return {
    state: "driver_failed", found,
    needed: "a driver that answers",
    remedy: '"sudo dmesg | grep NVRM" says why; restart the machine, or install the driver again',
  };
}

/** WSL's kernel knows no version of Windows' driver, so that nothing is known without NVML. */
export const WSL_DRIVER_FAILED: NvidiaFinding = {
  state: "driver_failed",
  found: "Windows' NVIDIA driver on WSL, of which NVML says nothing",
  needed: "a driver that answers",
  remedy: 'Run "wsl --shutdown" and "wsl --update" in Windows, or install its NVIDIA driver again',
};

export function formatNodesMissing(driver: string): NvidiaFinding {
  return {
    state: "driver_failed",
    found: `driver ${driver} without "/dev/nvidia0"`,
    needed: "the driver's device nodes",
    remedy: "sudo nvidia-modprobe -c 0 -u",
  };
}

export function formatLibcudaMissing(driver: string): NvidiaFinding {
  const branch = driver.split(".")[0];
  return {
    state: "driver_failed",
    found: `driver ${driver} without "libcuda.so.1"`,
    needed: "the driver's libraries",
    remedy: `Install the libraries of driver ${driver} (on Ubuntu the package "libnvidia-compute-${branch}")`,
  };
}

export function formatUsable(chosen: Gpu, gpus: readonly Gpu[], driver: string): NvidiaFinding {
  return { state: "usable", found: formatGpus([chosen], gpus, driver) };
}

/** Behind a driver that works: `; CUDA 12, driver 580 or newer would allow CUDA 13`. */
export function formatNewerDriver(cudaMajor: CudaMajor): string {
  return `; CUDA ${cudaMajor}, driver ${NEWEST.driver} or newer would allow CUDA ${NEWEST.major}`;
}

/** `8 GPUs: NVIDIA H100 80GB HBM3 (80 GB, compute capability 9.0), 7 more unused, driver 580.65.06` */
function formatGpus(named: readonly Gpu[], all: readonly Gpu[], driver: string): string {
  const names = [...new Set(named.map(formatGpu))].join(", ");
  const unused = all.length > named.length ? `, ${all.length - named.length} more unused` : "";
  return `${formatCount(all.length, "GPU")}: ${names}${unused}, driver ${driver}`;
}

/** `, 1 more GPU fails with "GPU is lost"`: behind the others, which can be used. */
export function formatFailures(words: readonly string[]): string {
  if (words.length === 0) return "";
  const verb = words.length === 1 ? "fails" : "fail";
  return `, ${formatCount(words.length, "more GPU")} ${verb} with ${[...new Set(words)].map((word) => `"${word}"`).join(", ")}`;
}

/** `NVIDIA H100 80GB HBM3 (80 GB, compute capability 9.0)` */
export function formatGpu({ name, memoryBytes, computeCapability }: Gpu): string {
  const memory = memoryBytes === undefined ? undefined : `${Math.round(memoryBytes / 2 ** 30)} GB`;
  const capability = computeCapability === undefined ? undefined : `compute capability ${computeCapability}`;
  const facts = [memory, capability].filter((fact) => fact !== undefined);
  return facts.length === 0 ? name : `${name} (${facts.join(", ")})`;
}

function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
