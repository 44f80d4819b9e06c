// What each CUDA major asks of the driver and of the GPU.
import { isAtLeast } from "../../../version-order.ts";
import type { CudaMajor } from "../hardware.ts";

interface CudaFloor {
  major: CudaMajor;
  /** Oldest driver on Linux, of NVIDIA's table of minor version compatibility. */
  driver: string;
  /** Lowest compute capability that the plugins' wheels hold code for. */
  capability: string;
}

/** Newest first. */
export const CUDA_FLOORS = [
  { major: 13, driver: "580", capability: "7.5" },
  { major: 12, driver: "525.60.13", capability: "5.2" },
] as const satisfies readonly CudaFloor[];

/** The newest that `driver` and a GPU of `capability` allow; a capability that is not known stands in nobody's way. */
export function findCudaMajor(driver: string, capability?: string): CudaMajor | undefined {
  return CUDA_FLOORS.find((floor) => {
    return isAtLeast(driver, floor.driver) && (capability === undefined || isAtLeast(capability, floor.capability));
  })?.major;
}
