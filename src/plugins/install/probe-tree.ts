// The last look before a plugin is published: its tree is whole, so it is run on the device where there is one. A plugin
// that cannot run here is not published: what worked before stays, and the fetched files stay too, for the next try.
import { join } from "node:path";
import type { PluginLock, PluginName } from "../catalog/lock.ts";
import type { Hardware } from "../detect/hardware.ts";
import type { ProbeOutcome, ProbeReport } from "../probe/probe-report.ts";
import { createUnusable } from "./refuse-install.ts";

/** Runs the library of a whole tree as a runner would: with its environment and what has to be opened before it. */
export type ProbeTree = (plugin: PluginName, libraryPath: string) => Promise<ProbeOutcome>;

export interface TreeProbe {
  ok: boolean;
  /** In words, for the event "probe". */
  found: string;
}

/** Only where there is a device: `findAbsence` says why there is none. */
export async function probeInTree(
  { plugin, library }: Pick<PluginLock, "plugin" | "library">,
  tree: string,
  probeTree: ProbeTree,
): Promise<TreeProbe> {
  const outcome = await probeTree(plugin, join(tree, library));
  return outcome.ok ? { ok: true, found: formatReport(outcome.report) } : { ok: false, found: outcome.reason };
}

/** Why the plugin cannot be run on its device here, in words; `undefined` where it can. */
export function findAbsence(plugin: PluginName, { nvidia, tpu, overrides }: Hardware): string | undefined {
  // Words of another machine say nothing of what can be run on this one.
  if (overrides.length > 0) return `the hardware is not this machine's own (${overrides.join(", ")})`;
  const { state, found } = plugin === "xla:tpu" ? tpu : nvidia;
  return state === "usable" ? undefined : found;
}

export function createProbeFailure(plugin: string, found: string): Error {
  return createUnusable(plugin, `it cannot multiply two matrices on this machine's device: ${found}`, [
    "The files are kept: mend the cause and run the same command again",
    "or publish it without the probe: --no-probe",
  ].join("; "));
}

/** `NVIDIA H100 80GB HBM3: product of two matrices right, 212 ms` */
function formatReport({ devices, compileMs = 0, runMs = 0 }: ProbeReport): string {
  return `${devices.join(", ")}: product of two matrices right, ${Math.round(compileMs + runMs)} ms`;
}
