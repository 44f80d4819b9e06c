// The accelerators, and what is wrong with what was to stand in for them: one finding's business, and not that of every
// check that asks for the hardware.
import { TermiteError } from "../../errors.ts";
import type { Hardware } from "../../plugins/detect/hardware.ts";

export interface HardwareFacts {
  hardware: Hardware;
  /** Why what was to stand in for this machine's own answers cannot be used; then `hardware` is its own. */
  failure?: TermiteError;
}

export interface HardwareLooks {
  detectHardware: () => Promise<Hardware>;
  /** Without what stands in for NVML's answer. */
  detectOwnHardware: () => Promise<Hardware>;
}

export async function readHardware({ detectHardware, detectOwnHardware }: HardwareLooks): Promise<HardwareFacts> {
  try {
    return { hardware: await detectHardware() };
  } catch (failure) {
    if (!(failure instanceof TermiteError) || failure.code !== "invalid_config") throw failure;
    return { hardware: await detectOwnHardware(), failure };
  }
}
