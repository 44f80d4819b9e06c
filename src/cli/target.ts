// Which target serves: the policy of `backend_priority` and `require_target` over what this build carries. Pure.
import type { LoadedConfig } from "../config/config.ts";
import { TermiteError } from "../errors.ts";
import type { Target, TargetChoice } from "../target.ts";

/** Targets that this build runs models on. */
export const SERVED_TARGETS: readonly Target[] = ["onnx:cpu"];
/** Engines that are inside and proven by `termite doctor`, without a backend that converts models for them. */
const PROVEN_ONLY: readonly Target[] = ["xla:cpu"];

/**
 * With the default list, *requested* is the first entry that this build and machine can run, so that nothing is reported as a
 * fallback that nobody asked for; a list that a person wrote is taken at its word, and `require_target` counts over both.
 */
export function chooseTarget({ config, values }: LoadedConfig): TargetChoice {
  if (config.requireTarget !== undefined) return chooseRequired(config.requireTarget);
  const actual = config.backendPriority.find(isServed);
  const first = config.backendPriority[0];
  if (actual === undefined || first === undefined) throw noUsableTarget(config.backendPriority);
  const requested = values["backend_priority"]?.origin === "default" ? actual : first;
  return { requested, actual, reason: requested === actual ? null : explainAbsence(requested) };
}

function chooseRequired(target: Target): TargetChoice {
  if (isServed(target)) return { requested: target, actual: target, reason: null };
  const message = `Cannot serve on "${target}" as require_target asks: ${explainAbsence(target)}`;
  throw new TermiteError("target_unavailable", message, { hint: "termite plugin list" });
}

function isServed(target: Target): boolean {
  return SERVED_TARGETS.includes(target);
}

function explainAbsence(target: Target): string {
  return PROVEN_ONLY.includes(target)
    ? `this build cannot run models on "${target}"`
    : `this build has no "${target}" engine`;
}

function noUsableTarget(priority: readonly Target[]): TermiteError {
  const found = priority.map(explainAbsence).join(", ");
  return new TermiteError("target_unavailable", `Cannot serve on any of backend_priority: ${found}`, {
    hint: 'Add "onnx:cpu" to backend_priority',
  });
}
