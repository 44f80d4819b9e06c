import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { detectHardware, formatOverrides } from "../../../src/plugins/detect/detect-hardware.ts";
import type { Hardware, NvidiaHardware, TpuHardware } from "../../../src/plugins/detect/hardware.ts";
import { readNvml } from "../../../src/plugins/detect/nvml.ts";
import { createSystem } from "../../../src/plugins/detect/system.ts";
import { SYSTEMS } from "../../fixtures/systems/systems.ts";
import type { SystemName } from "../../fixtures/systems/systems.ts";
import { writeSystem } from "../../fixtures/systems/write.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "termite-detect-"));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

/** The machine `name` through the same calls as in the product; a child would be asked of this machine, so none may be. */
function detect(name: SystemName): Promise<Hardware> {
  const { environment } = writeSystem(name, mkdtempSync(join(FOLDER, `${name}-`)));
  const system = createSystem({ environment, platform: { os: "linux", arch: "x64" } });
  const runChild = () => Promise.reject(new Error("Cannot ask NVML: the root is replaced"));
  return detectHardware(system, { readNvml: () => readNvml(system, { runChild, timeoutMs: 1000 }) });
}

interface Expected extends Omit<NvidiaHardware, "gpus" | "chosen" | "isWsl"> {
  /** Indexes. */
  gpus?: number[];
  chosen?: number;
  isContainer?: true;
  isWsl?: true;
  tpu?: TpuHardware;
}

const NO_GPU = { state: "absent", found: "no NVIDIA GPU" } as const;
const DRIVER_580 = { driverVersion: "580.65.06", cudaDriverVersion: "13.0" } as const;
const DRIVER_570 = { driverVersion: "570.133.07", cudaDriverVersion: "12.8" } as const;
const START_WITH_GPUS = {
  state: "container_without_gpu",
  needed: "a container that was started with GPUs",
  remedy: 'Start the container with "--gpus all" (podman: "--device nvidia.com/gpu=all", Kubernetes: the limit "nvidia.com/gpu: 1")',
  isContainer: true,
} as const;
const NAME_A_GPU = {
  state: "hidden",
  needed: "CUDA_VISIBLE_DEVICES unset or naming a GPU that is there",
  remedy: "unset CUDA_VISIBLE_DEVICES",
} as const;
const INSTALL_DRIVER = {
  state: "driver_missing",
  needed: "NVIDIA's driver 580 or newer",
  remedy: "Install NVIDIA's driver 580 or newer and restart; if it is installed, \"sudo modprobe nvidia\" says why it does not load",
} as const;
const UPDATE_DRIVER = {
  state: "driver_too_old",
  found: "driver 470.57.02",
  needed: "525.60.13 or newer",
  remedy: "Update NVIDIA's driver to 580 or newer",
  driverVersion: "470.57.02",
} as const;

const TABLE: Record<SystemName, Expected> = {
  "no-gpu": NO_GPU,
  musl: NO_GPU,
  one: {
    state: "usable", found: "1 GPU: NVIDIA H100 80GB HBM3 (80 GB, compute capability 9.0), driver 580.65.06",
    ...DRIVER_580, cudaMajor: 13, gpus: [0], chosen: 0,
  },
  "one-without-nvml": {
    state: "usable", found: "1 GPU: NVIDIA H100 80GB HBM3, driver 580.65.06",
    driverVersion: "580.65.06", cudaMajor: 13, gpus: [0], chosen: 0,
  },
  eight: {
    state: "usable",
    found: "8 GPUs: NVIDIA H100 80GB HBM3 (80 GB, compute capability 9.0), 7 more unused, driver 580.65.06",
    ...DRIVER_580, cudaMajor: 13, gpus: [0, 1, 2, 3, 4, 5, 6, 7], chosen: 0,
  },
  "mixed-too-old-first": {
    state: "usable",
    found:
      "3 GPUs: NVIDIA A100-SXM4-40GB (40 GB, compute capability 8.0), 2 more unused, driver 570.133.07; " +
      "CUDA 12, driver 580 or newer would allow CUDA 13",
    ...DRIVER_570, cudaMajor: 12, gpus: [0, 1, 2], chosen: 1,
  },
  "mixed-cuda-12-first": {
    state: "usable",
    found: "2 GPUs: NVIDIA GeForce RTX 4090 (24 GB, compute capability 8.9), 1 more unused, driver 580.65.06",
    ...DRIVER_580, cudaMajor: 13, gpus: [0, 1], chosen: 1,
  },
  "driver-for-cuda-12": {
    state: "usable",
    found:
      "1 GPU: NVIDIA H100 80GB HBM3 (80 GB, compute capability 9.0), driver 570.133.07; " +
      "CUDA 12, driver 580 or newer would allow CUDA 13",
    ...DRIVER_570, cudaMajor: 12, gpus: [0], chosen: 0,
  },
  "driver-too-old": { ...UPDATE_DRIVER, cudaDriverVersion: "11.4", gpus: [0] },
  "driver-too-old-without-nvml": { ...UPDATE_DRIVER, gpus: [0] },
  "gpu-too-old": {
    state: "gpu_too_old",
    found: "1 GPU: Quadro K620 (2 GB, compute capability 5.0), driver 570.133.07",
    needed: "compute capability 5.2 or higher",
    remedy: 'Use "onnx:cpu", or a GPU of compute capability 7.5 or higher',
    ...DRIVER_570, gpus: [0],
  },
  "container-without-nodes": {
    ...START_WITH_GPUS, found: 'the host\'s driver 580.65.06 in a container without "/dev/nvidia0"',
    driverVersion: "580.65.06",
  },
  "container-with-only-libcuda": {
    ...START_WITH_GPUS, found: '"/usr/lib/x86_64-linux-gnu/libcuda.so.1" in a container without "/dev/nvidia0"',
  },
  "pod-without-nodes": {
    ...START_WITH_GPUS, found: 'the host\'s driver 580.65.06 in a container without "/dev/nvidia0"',
    remedy: 'Give the container the resource limit "nvidia.com/gpu: 1"', driverVersion: "580.65.06",
  },
  "container-without-libcuda": {
    state: "container_toolkit_missing",
    found: '"/dev/nvidia0" in a container without "libcuda.so.1"',
    needed: "the driver's libraries in the container",
    remedy:
      'Install the NVIDIA Container Toolkit on the host and start the container with "--gpus all" ' +
      '(NVIDIA_DRIVER_CAPABILITIES, where it is set, has to hold "compute")',
    driverVersion: "580.65.06", isContainer: true,
  },
  container: {
    state: "usable", found: "1 GPU: NVIDIA H100 80GB HBM3 (80 GB, compute capability 9.0), driver 580.65.06",
    ...DRIVER_580, cudaMajor: 13, gpus: [0], chosen: 0, isContainer: true,
  },
  wsl: {
    state: "usable",
    found: "1 GPU: NVIDIA GeForce RTX 4090 (24 GB, compute capability 8.9), driver 581.42 (of Windows, on WSL)",
    driverVersion: "581.42", cudaDriverVersion: "13.0", cudaMajor: 13, gpus: [0], chosen: 0, isWsl: true,
  },
  "wsl-without-nvml": {
    state: "driver_failed", found: "Windows' NVIDIA driver on WSL, of which NVML says nothing",
    needed: "a driver that answers", remedy: 'Run "wsl --shutdown" and "wsl --update" in Windows, or install its NVIDIA driver again',
    isWsl: true,
  },
  "wsl-without-nvidia": { ...NO_GPU, isWsl: true },
  jetson: {
    state: "jetson",
    found: "NVIDIA Jetson AGX Orin Developer Kit (L4T 36.4.3)",
    needed: "a GPU with NVIDIA's driver for servers and PCs",
    remedy: 'Use "onnx:cpu" on this board, or a machine with an NVIDIA GPU on the PCI bus',
    driverVersion: "540.4.0",
  },
  "visible-set": {
    state: "usable",
    found:
      "2 GPUs: NVIDIA H100 80GB HBM3 (80 GB, compute capability 9.0), 1 more unused, driver 580.65.06, " +
      'of 8 by CUDA_VISIBLE_DEVICES "2,GPU-55555555,-1,0"',
    ...DRIVER_580, cudaMajor: 13, gpus: [2, 5], chosen: 2,
  },
  "visible-empty": {
    ...NAME_A_GPU, found: 'CUDA_VISIBLE_DEVICES "", which hides every GPU', driverVersion: "580.65.06",
  },
  "visible-unknown": { ...NAME_A_GPU, found: 'CUDA_VISIBLE_DEVICES "7", which names none of 1 GPU', ...DRIVER_580 },
  "gpu-without-driver": {
    ...INSTALL_DRIVER,
    found: '2 NVIDIA GPUs on the PCI bus (10de:2684, driver "nouveau"; 10de:1eb8) and no loaded NVIDIA driver',
  },
  "nodes-not-permitted": {
    state: "not_permitted",
    found: '"/dev/nvidia0", "/dev/nvidiactl", which this user may not open',
    needed: "read and write access to the device nodes",
    remedy: 'sudo usermod -aG video,render "$USER", then log in again',
    driverVersion: "580.65.06",
  },
  "container-not-permitted": {
    state: "not_permitted",
    found: '"/dev/nvidia0", "/dev/nvidiactl", which this user may not open',
    needed: "read and write access to the device nodes",
    remedy: 'Start the container with "--group-add" and the number of the group that owns the device node',
    driverVersion: "580.65.06", isContainer: true,
  },
  "nvml-fails": {
    state: "driver_failed",
    found: 'driver 580.65.06, whose library NVML fails with "Driver/library version mismatch"',
    needed: "a kernel module and libraries of the same driver version",
    remedy: "Restart the machine: the driver was updated while the old one was loaded",
    driverVersion: "580.65.06",
  },
  "nvml-lists-none": {
    state: "driver_failed",
    found: "driver 580.65.06, whose library NVML lists no GPU",
    needed: "a driver that answers",
    remedy: '"sudo dmesg | grep NVRM" says why; restart the machine, or install the driver again',
    driverVersion: "580.65.06",
  },
  "driver-without-nodes": {
    state: "driver_failed",
    found: 'driver 580.65.06 without "/dev/nvidia0"',
    needed: "the driver's device nodes",
    remedy: "sudo nvidia-modprobe -c 0 -u",
    driverVersion: "580.65.06",
  },
  "driver-without-libcuda": {
    state: "driver_failed",
    found: 'driver 580.65.06 without "libcuda.so.1"',
    needed: "the driver's libraries",
    remedy: 'Install the libraries of driver 580.65.06 (on Ubuntu the package "libnvidia-compute-580")',
    driverVersion: "580.65.06",
  },
  "nodes-without-driver": { ...INSTALL_DRIVER, found: '"/dev/nvidia0" and no loaded NVIDIA driver' },
  "tpu-v4": { ...NO_GPU, tpu: { state: "usable", found: "4 chips of TPU v4", generation: "v4", chips: 4 } },
  "tpu-v5e": { ...NO_GPU, tpu: { state: "usable", found: "1 chip of TPU v5e", generation: "v5e", chips: 1 } },
  "tpu-held": {
    ...NO_GPU,
    tpu: {
      state: "usable", found: "4 chips of TPU v4, held by process 4242 (python3)", generation: "v4", chips: 4,
      needed: "chips that no other process holds",
      remedy: "Stop process 4242 (python3): a chip serves one process at a time",
      holder: { pid: 4242, name: "python3" },
    },
  },
  "tpu-not-permitted": {
    ...NO_GPU,
    tpu: {
      state: "not_permitted", found: '4 chips of TPU v4, of which this user may not open "/dev/accel0"',
      needed: "read and write access to the device nodes", remedy: "sudo chmod a+rw /dev/accel0",
      generation: "v4", chips: 4,
    },
  },
  "tpu-without-nodes": {
    ...NO_GPU,
    tpu: {
      state: "nodes_missing", found: "4 chips of TPU v4 without device nodes",
      needed: 'device nodes such as "/dev/accel0"',
      remedy: 'Start the container with "--privileged --net=host"; outside a container, make the machine anew from a TPU VM image',
      generation: "v4", chips: 4,
    },
  },
};

describe("detectHardware()", () => {
  test.each(Object.entries(TABLE))("finds what is documented when the machine is %s", async (name, expected) => {
    const { nvidia: { gpus, chosen, ...nvidia }, tpu, isContainer } = await detect(name as SystemName);
    const { gpus: indexes = [], chosen: index, isContainer: inContainer = false, tpu: chips, ...texts } = expected;
    expect(nvidia).toEqual({ isWsl: false, ...texts });
    expect(gpus.map((gpu) => gpu.index)).toEqual(indexes);
    expect(chosen?.index).toBe(index);
    expect(isContainer).toBe(inContainer);
    expect(tpu).toEqual(chips ?? { state: "absent", found: "no TPU", chips: 0 });
  });

  test("has an expectation for every machine", () => {
    expect(Object.keys(TABLE).toSorted()).toEqual(Object.keys(SYSTEMS).toSorted());
  });

  test("gives name, id, capability and memory of the chosen GPU when NVML knows them", async () => {
    const { nvidia } = await detect("mixed-cuda-12-first");
    expect(nvidia.chosen).toEqual({
      index: 1, name: "NVIDIA GeForce RTX 4090", uuid: "GPU-11111111-e184-a047-2620-be19fdf913d5",
      computeCapability: "8.9", memoryBytes: 25769803776,
    });
  });

  test("takes NVML's word when only NVML is replaced", async () => {
    const path = join(FOLDER, "only-nvml.json");
    writeFileSync(path, JSON.stringify({ driverVersion: "580.65.06", devices: [{ name: "NVIDIA L4", computeCapability: "8.9" }] }));
    const system = createSystem({ environment: { TERMITE_FAKE_NVML: path }, platform: { os: "linux", arch: "x64" }, root: FOLDER });
    const own = { ...system, isReplaced: false };
    const runChild = () => Promise.reject(new Error("Cannot ask NVML: it is replaced"));
    const { nvidia, overrides } = await detectHardware(own, { readNvml: () => readNvml(own, { runChild, timeoutMs: 1000 }) });
    expect(nvidia.found).toBe("1 GPU: NVIDIA L4 (compute capability 8.9), driver 580.65.06");
    expect(overrides).toEqual([`TERMITE_FAKE_NVML=${path}`]);
  });

  test.each([
    [["GPU is lost"], '1 more GPU fails with "GPU is lost"'],
    [["GPU is lost", "Unknown Error", "GPU is lost"], '3 more GPUs fail with "GPU is lost", "Unknown Error"'],
  ])("uses the GPUs that answer and tells of the others when NVML says %p", async (failures, found) => {
    const path = join(FOLDER, "failures.json");
    writeFileSync(path, JSON.stringify({ driverVersion: "580.65.06", devices: [{ name: "NVIDIA L4", computeCapability: "8.9" }], failures }));
    const { environment } = writeSystem("mixed-cuda-12-first", mkdtempSync(join(FOLDER, "failures-")));
    const system = createSystem({ environment: { ...environment, TERMITE_FAKE_NVML: path }, platform: { os: "linux", arch: "x64" } });
    const runChild = () => Promise.reject(new Error("Cannot ask NVML: it is replaced"));
    const { nvidia } = await detectHardware(system, { readNvml: () => readNvml(system, { runChild, timeoutMs: 1000 }) });
    expect([nvidia.state, nvidia.found]).toEqual(["usable", `1 GPU: NVIDIA L4 (compute capability 8.9), driver 580.65.06, ${found}`]);
  });

  test("asks no NVML and finds nothing when the system is not Linux", async () => {
    const system = createSystem({ environment: {}, platform: { os: "darwin", arch: "arm64" }, root: FOLDER });
    const readNvml = () => Promise.reject(new Error("Cannot ask NVML: not Linux"));
    expect(await detectHardware(system, { readNvml })).toEqual({
      nvidia: { ...NO_GPU, gpus: [], isWsl: false }, tpu: { state: "absent", found: "no TPU", chips: 0 },
      isContainer: false, overrides: [],
    });
  });
});

describe("formatOverrides()", () => {
  test("names what is set, in one order, and not what is empty", () => {
    expect(formatOverrides({ TERMITE_FAKE_NVML: "/f.json", TERMITE_SYSTEM_ROOT: "/tree", HOME: "/home" })).toEqual([
      "TERMITE_SYSTEM_ROOT=/tree", "TERMITE_FAKE_NVML=/f.json",
    ]);
    expect(formatOverrides({ TERMITE_SYSTEM_ROOT: "" })).toEqual([]);
  });
});
