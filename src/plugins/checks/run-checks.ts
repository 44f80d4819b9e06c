// Everything that is looked at before the first byte of an install. Pure: the facts were gathered before.
import type { PluginLock } from "../catalog/lock.ts";
import type { InstallCheck } from "../install/events.ts";
import { checkOwner, checkPermission, checkSpace } from "./folder-checks.ts";
import { checkComputeCapability, checkDriver, checkHardware } from "./hardware-checks.ts";
import type { MachineFacts } from "./machine-facts.ts";
import { checkExecution, checkGlibc, checkLibstdcxx, checkPlatform } from "./system-checks.ts";

const CHECKS = [
  checkPlatform, checkHardware, checkDriver, checkComputeCapability, checkGlibc, checkLibstdcxx, checkExecution,
] as const;

/** In the order in which people are told. `diskBytes`: what the install adds on disk. */
export function runChecks(lock: PluginLock, facts: MachineFacts, diskBytes: number): InstallCheck[] {
  return [
    ...CHECKS.flatMap((check) => check(lock, facts)),
    checkSpace(diskBytes, facts), checkPermission(facts), checkOwner(facts),
  ];
}

/** Those that stand in the way; with `--force` only those that it cannot pass. */
export function listRefusals(checks: readonly InstallCheck[], isForced: boolean): InstallCheck[] {
  return checks.filter(({ ok, isFinal }) => !ok && (!isForced || isFinal === true));
}
