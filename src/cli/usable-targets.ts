// Which engines can be used on this machine, for `termite show`: found by files and drivers, none of them is loaded. Whether an
// XLA engine has every operator of a graph is known when it opens that graph.
import { readBuildInfo } from "../runtime/build-info.ts";
import { TARGETS } from "../target.ts";
import type { Target } from "../target.ts";
import { listBundled, openMachine } from "./machine.ts";
import type { MachineOptions } from "./machine.ts";
import type { RunnableTarget } from "./show-model.ts";
import { readTargetFacts } from "./target-facts.ts";
import type { ReadTargetFacts } from "./target-facts.ts";
import { findAbsence } from "./target.ts";

/** Asks a driver in a child process, where files say that there may be one. */
export async function listUsableTargets(options: MachineOptions): Promise<RunnableTarget[]> {
  const machine = openMachine(options);
  const hardware = await machine.detectHardware();
  const read = await readTargetFacts({ machine, hardware, environment: options.environment });
  return selectTargets(read, listBundled(readBuildInfo()));
}

/** Pure. Those that could serve, the preferred first. */
export function selectTargets(read: ReadTargetFacts, bundled: ReturnType<typeof listBundled>): RunnableTarget[] {
  const usable = TARGETS.filter((target) => findAbsence(read(target)) === undefined);
  return usable.map((target) => {
    const { found } = read(target).search;
    const isOurs = found === undefined || found.origin === "bundled";
    const version = isOurs ? bundled[target]?.version : found.version;
    return { target, library: nameLibrary(target), version: version ?? "" };
  });
}

/** As `termite version` names what is inside. */
function nameLibrary(target: Target): string {
  const [backend, device] = target.split(":");
  return backend === "onnx" ? "onnxruntime" : `pjrt-${device}`;
}
