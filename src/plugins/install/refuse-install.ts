// The errors of an install that is refused: before the first byte by the checks, later by what was fetched.
import { TermiteError } from "../../errors.ts";
import { listRefusals } from "../checks/run-checks.ts";
import type { InstallCheck, InstallPlan } from "./events.ts";

/** Throws `plugin_refused` with everything that stands in the way of any of them. */
export function checkPlans(plans: readonly InstallPlan[], isForced: boolean): void {
  for (const { name, checks } of plans) {
    const refusals = listRefusals(checks, isForced);
    if (refusals.length > 0) throw createRefusal(name, refusals);
  }
}

/** `Cannot install "xla:cuda": found driver 470.57.02, need 525.60.13 or newer` */
function createRefusal(plugin: string, refusals: readonly InstallCheck[]): TermiteError {
  const found = refusals.map((refusal) => `found ${refusal.found}, need ${refusal.needed}`).join("; ");
  const remedies = new Set(refusals.flatMap(({ remedy }) => remedy ?? []));
  const canForce = refusals.every(({ isFinal, remedy }) => isFinal !== true && remedy?.includes("--force") !== true);
  const force = canForce ? ["or install it all the same with --force"] : [];
  const hint = [...remedies, ...force].join("; ");
  const details = { checks: refusals };
  return new TermiteError("plugin_refused", `Cannot install "${plugin}": ${found}`, { hint, details });
}

/** `found` follows the colon. */
export function createUnusable(plugin: string, found: string, hint: string): TermiteError {
  return new TermiteError("plugin_refused", `Cannot install "${plugin}": ${found}`, { hint });
}
