// Everything that files and the environment say of NVIDIA, cheap to dear; NVML comes after it and only where it is
// worth a child.
import { findContainer } from "../container.ts";
import type { Container } from "../container.ts";
import type { Gpu } from "../hardware.ts";
import { findSystemLibrary } from "../library-folders.ts";
import { isNvidiaGpu, readPciDevices } from "../pci.ts";
import type { PciDevice } from "../pci.ts";
import type { System } from "../system.ts";
import { findDriverVersion } from "./driver-version.ts";
import { readFileGpus } from "./file-gpus.ts";
import { findJetson } from "./jetson.ts";
import { readNvidiaNodes } from "./nodes.ts";
import type { NvidiaNodes } from "./nodes.ts";
import { parseVisibleDevices } from "./visible-devices.ts";
import type { VisibleDevices } from "./visible-devices.ts";

export interface NvidiaFacts {
  visible: VisibleDevices;
  container: Container | undefined;
  nodes: NvidiaNodes;
  /** GPUs on the PCI bus, with a driver or without. */
  pci: readonly PciDevice[];
  /** Of the driver that the kernel has loaded. */
  driverVersion: string | undefined;
  jetson: string | undefined;
  /** Where `libcuda.so.1` lies. */
  libcuda: string | undefined;
  isWsl: boolean;
  /** What files say of the GPUs behind `nodes`. */
  gpus: readonly Gpu[];
  /** `TERMITE_FAKE_NVML` speaks for this machine itself, whatever its files say. */
  isFakeMachine: boolean;
}

export function readNvidiaFacts(system: System): NvidiaFacts {
  const { environment } = system;
  const nodes = readNvidiaNodes(system);
  return {
    visible: parseVisibleDevices(environment["CUDA_VISIBLE_DEVICES"]),
    container: findContainer(system),
    nodes,
    pci: readPciDevices(system).filter(isNvidiaGpu),
    driverVersion: findDriverVersion(system),
    jetson: findJetson(system),
    libcuda: findSystemLibrary(system, "libcuda.so.1"),
    isWsl: nodes.hasDxg || isWslKernel(system.readText("/proc/sys/kernel/osrelease") ?? ""),
    gpus: readFileGpus(system, nodes.gpus),
    isFakeMachine: !system.isReplaced && (environment["TERMITE_FAKE_NVML"] ?? "") !== "",
  };
}

/** `5.15.167.4-microsoft-standard-WSL2` */
export function isWslKernel(release: string): boolean {
  return /microsoft/i.test(release);
}

/**
 * `libcuda` alone counts in a container only, where the toolkit puts it; on a machine it is a package like any other.
 * `/dev/dxg` leads to AMD's and Intel's GPUs too, so that it takes `libcuda` beside it.
 */
export function hasNvidiaSign(facts: NvidiaFacts): boolean {
  const { nodes, pci, driverVersion, jetson, libcuda, container } = facts;
  if (nodes.isThere || pci.length > 0 || driverVersion !== undefined || jetson !== undefined) return true;
  if (facts.isFakeMachine) return true;
  return container === undefined ? nodes.hasDxg && libcuda !== undefined : nodes.hasDxg || libcuda !== undefined;
}
