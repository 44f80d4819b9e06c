// Which targets serve, in which order: the policy of `backend_priority` and `require_target` over what this machine has
// and what is installed. Pure.
import type { LoadedConfig } from "../config/config.ts";
import { TermiteError } from "../errors.ts";
import type { Support } from "../plugins/detect/support.ts";
import type { SearchResult } from "../plugins/search/search-result.ts";
import { SYSTEM_REFUSED } from "../plugins/search/places.ts";
import type { Target } from "../target.ts";

/** What is known of a target before anything of it is loaded. */
export interface TargetFacts {
  /** Of the platform and the hardware. */
  support: Support;
  search: SearchResult;
  /** Version of an installed plugin that this build does not accept any more. */
  unaccepted?: string;
}

/** Why a target cannot be used, and what mends it. */
export interface Absence {
  reason: string;
  remedy: string;
}

export interface TargetPlan {
  requested: Target;
  /** The first serves, the others take its place in turn when it cannot start. Never empty. */
  candidates: readonly Target[];
  /** Why the first one is not the requested one; `null` when it is. */
  reason: string | null;
}

/** Hardware first: without it no library helps. `undefined` when the target can be tried. */
export function findAbsence({ support, search, unaccepted }: TargetFacts): Absence | undefined {
  const { target, found, places } = search;
  if (!support.isSupported) return { reason: support.reason ?? "not supported here", remedy: "termite doctor" };
  if (unaccepted !== undefined) {
    const reason = `its installed version "${unaccepted}" is not one that this build accepts`;
    return { reason, remedy: `termite plugin update ${target}` };
  }
  // What is wrong with the library inside is said by whoever extracts it.
  if (found !== undefined || target === "onnx:cpu") return undefined;
  if (target.endsWith(":cpu")) return { reason: "it is not inside this build", remedy: "termite version" };
  const passed = places.find(({ outcome, reason }) => outcome === "passed over" && reason !== SYSTEM_REFUSED);
  const reason = passed === undefined ? "its plugin is not installed" : `passed over ${passed.name}: ${passed.reason ?? ""}`;
  return { reason, remedy: `termite plugin install ${target}` };
}

/**
 * With the default list, *requested* is the first entry that the hardware can run, so that a machine without a GPU reports no
 * fallback that nobody asked for; a list that a person wrote is taken at its word. `require_target` counts over both.
 * Throws `target_unavailable` with the reason.
 */
export function planTargets(
  { config, values }: Pick<LoadedConfig, "config" | "values">,
  read: (target: Target) => TargetFacts,
): TargetPlan {
  if (config.requireTarget !== undefined) return planRequired(config.requireTarget, read);
  const { backendPriority } = config;
  const candidates = backendPriority.filter((target) => findAbsence(read(target)) === undefined);
  const [actual] = candidates;
  if (actual === undefined) throw createUnusable(backendPriority, read);
  const isDefault = values["backend_priority"]?.origin === "default";
  const runnable = backendPriority.find((target) => read(target).support.isSupported);
  const requested = (isDefault ? runnable : backendPriority[0]) ?? actual;
  const reason = requested === actual ? null : explainAbsence(requested, read);
  return { requested, candidates, reason };
}

/** In words and with what mends it: `its plugin is not installed (termite plugin install onnx:cuda)`. */
export function explainAbsence(target: Target, read: (target: Target) => TargetFacts): string | null {
  const absence = findAbsence(read(target));
  if (absence === undefined) return null;
  return absence.remedy.startsWith("termite plugin ") ? `${absence.reason} (${absence.remedy})` : absence.reason;
}

function planRequired(target: Target, read: (target: Target) => TargetFacts): TargetPlan {
  const absence = findAbsence(read(target));
  if (absence === undefined) return { requested: target, candidates: [target], reason: null };
  const message = `Cannot serve on "${target}" as require_target asks: ${absence.reason}`;
  throw new TermiteError("target_unavailable", message, { hint: absence.remedy });
}

function createUnusable(priority: readonly Target[], read: (target: Target) => TargetFacts): TermiteError {
  const found = priority.map((target) => `"${target}": ${findAbsence(read(target))?.reason ?? ""}`).join(", ");
  return new TermiteError("target_unavailable", `Cannot serve on any of backend_priority: ${found}`, {
    hint: 'Add "onnx:cpu" to backend_priority',
  });
}
