// Accelerators: the words are those of the detection; what they mean for the exit code depends on what was asked for.
import type { TermiteError } from "../../errors.ts";
import type { Hardware, NvidiaHardware, TpuHardware } from "../../plugins/detect/hardware.ts";
import type { FindingStatus, Verdict } from "../finding.ts";
import { resolveRemedy } from "../remedy.ts";

/** A machine without a GPU is healthy: what was asked of it is the business of `settings/`. A GPU out of reach is not. */
export function resolveNvidia(nvidia: NvidiaHardware, isWanted: boolean): Verdict {
  if (nvidia.state === "usable" || nvidia.state === "absent") return createVerdict(nvidia, "ok");
  return createVerdict(nvidia, isWanted ? "fail" : "warn");
}

export function resolveTpu(tpu: TpuHardware, isWanted: boolean): Verdict {
  const isFree = tpu.state === "usable" && tpu.holder === undefined;
  if (isFree || tpu.state === "absent") return createVerdict(tpu, "ok");
  return createVerdict(tpu, isWanted ? "fail" : "warn");
}

/** What replaces the machine's own answers; nothing when nothing does. `failure`: why it could not. */
export function resolveOverrides({ overrides }: Pick<Hardware, "overrides">, failure?: TermiteError): Verdict {
  if (failure !== undefined) {
    const found = `${failure.message}; what follows is about this machine itself`;
    return { status: "fail", found, needed: "a file that says what NVML would", remedy: resolveRemedy(failure) };
  }
  if (overrides.length === 0) return { status: "ok", found: "none: this is about the machine itself" };
  return {
    status: "warn",
    found: `${overrides.join(", ")}: what follows is not about this machine alone`,
    needed: "none of them, but in tests",
    remedy: `unset ${overrides.map((text) => text.split("=")[0]).join(" ")}`,
  };
}

function createVerdict({ found, needed, remedy }: NvidiaHardware | TpuHardware, status: FindingStatus): Verdict {
  return { status, found, ...(needed === undefined ? {} : { needed }), ...(remedy === undefined ? {} : { remedy }) };
}
