// GPUs as the kernel's driver lists them in files, for when NVML cannot be asked: names and ids, no compute capability.
import type { Gpu } from "../hardware.ts";
import type { System } from "../system.ts";

const FOLDER = "/proc/driver/nvidia/gpus";

interface GpuInformation {
  name: string;
  uuid?: string;
  minor: number;
}

/** One for each node that may be opened, named by the driver where it does. */
export function readFileGpus(system: System, minors: readonly number[]): Gpu[] {
  const known = system.readFolder(FOLDER)
    .map((address) => parseGpuInformation(system.readText(`${FOLDER}/${address}/information`) ?? ""))
    .filter((information) => information !== undefined);
  return minors.map((minor, index) => {
    const { name, uuid } = known.find((gpu) => gpu.minor === minor) ?? { name: `NVIDIA GPU ${minor}` };
    return uuid === undefined ? { index, name } : { index, name, uuid };
  });
}

/**
 * Model: 		 NVIDIA H100 80GB HBM3
 * GPU UUID: 	 GPU-8a56a4bc-e184-a047-2620-be19fdf913d5
 * Device Minor: 	 0
 */
export function parseGpuInformation(text: string): GpuInformation | undefined {
  const find = (key: string) => new RegExp(`^${key}:\\s*(\\S.*?)\\s*$`, "m").exec(text)?.[1];
  const [name, uuid, minor] = [find("Model"), find("GPU UUID"), find("Device Minor")];
  if (name === undefined || minor === undefined || !/^\d+$/.test(minor)) return undefined;
  // A GPU that nobody has used yet has question marks for an id.
  const hasId = uuid !== undefined && !uuid.includes("?");
  return { name, minor: Number(minor), ...(hasId ? { uuid } : {}) };
}
