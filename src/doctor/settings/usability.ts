// Whether a target can work on this machine with this build, and if not, the nearest reason. Pure.
import type { Hardware } from "../../plugins/detect/hardware.ts";
import type { SearchResult } from "../../plugins/search/search-result.ts";
import type { Target } from "../../target.ts";
import { explainEngine } from "../engines/engine.ts";
import type { EngineFacts } from "../engines/engine.ts";
import { isPassedOver } from "../engines/search.ts";

export interface TargetFacts {
  target: Target;
  hardware: Pick<Hardware, "nvidia" | "tpu">;
  search: SearchResult;
  /** Absent where the walk found no library. */
  engine?: EngineFacts | undefined;
}

export interface TargetProblem {
  target: Target;
  reason: string;
  remedy: string;
}

/** `undefined` when the target can serve. Hardware first: without it nothing else is worth mending. */
export function findProblem(facts: TargetFacts): TargetProblem | undefined {
  const { target } = facts;
  const [reason, remedy] = findHardwareReason(facts) ?? findLibraryReason(facts) ?? [];
  if (reason === undefined) return undefined;
  return { target, reason, remedy: remedy ?? "termite plugin list" };
}

type Reason = readonly [reason: string, remedy: string | undefined];

function findHardwareReason({ target, hardware }: TargetFacts): Reason | undefined {
  if (target.endsWith(":cpu")) return undefined;
  const device = target.endsWith(":tpu") ? hardware.tpu : hardware.nvidia;
  return device.state === "usable" ? undefined : [device.found, device.remedy];
}

function findLibraryReason({ target, search, engine }: TargetFacts): Reason | undefined {
  const passed = search.places.find(isPassedOver)?.reason;
  if (search.found === undefined) return [passed ?? "found no library of it", findInstall(target)];
  if (engine?.kind === "unavailable") return [engine.reason, engine.remedy];
  if (engine === undefined || engine.outcome.ok) return undefined;
  return [engine.outcome.reason, explainEngine(engine.outcome, engine.isBundled)];
}

function findInstall(target: Target): string | undefined {
  return target.endsWith(":cpu") ? undefined : `termite plugin install ${target}`;
}
