// Hardware as the detection reports it, for tests: nothing there unless the test says so.
import type { Hardware, NvidiaHardware, TpuHardware } from "../../src/plugins/detect/hardware.ts";

export interface HardwareParts {
  nvidia?: Partial<NvidiaHardware>;
  tpu?: Partial<TpuHardware>;
  overrides?: readonly string[];
}

export function createHardware({ nvidia, tpu, overrides = [] }: HardwareParts): Hardware {
  return {
    nvidia: { state: "absent", found: "no NVIDIA GPU", gpus: [], isWsl: false, ...nvidia },
    tpu: { state: "absent", found: "no TPU", chips: 0, ...tpu },
    isContainer: false,
    overrides,
  };
}
