// Every check of `termite doctor`, in the order of the report.
import type { Check } from "./check.ts";
import { ENGINE_CHECKS } from "./engines/checks.ts";
import { LIBRARY_CHECKS } from "./libraries/checks.ts";
import { MACHINE_CHECKS } from "./machine/checks.ts";
import { NETWORK_CHECKS } from "./network/checks.ts";
import { PLUGIN_CHECKS } from "./plugins/checks.ts";
import { SETTING_CHECKS } from "./settings/checks.ts";
import { STORAGE_CHECKS } from "./storage/checks.ts";

export const CHECKS: readonly Check[] = [
  ...MACHINE_CHECKS,
  ...LIBRARY_CHECKS,
  ...STORAGE_CHECKS,
  ...PLUGIN_CHECKS,
  ...ENGINE_CHECKS,
  ...SETTING_CHECKS,
  ...NETWORK_CHECKS,
];
