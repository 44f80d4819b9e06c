// From facts to one finding: an ordered table over what files say, then NVML, then an ordered table over both.
import type { NvidiaHardware } from "../hardware.ts";
import type { NvmlAnswer } from "../nvml-answer.ts";
import type { System } from "../system.ts";
import { hasNvidiaSign, readNvidiaFacts } from "./facts.ts";
import type { NvidiaFacts } from "./facts.ts";
import {
  ABSENT, formatContainerWithoutGpu, formatDriverMissing, formatHidden, formatJetson, formatNotPermitted, formatPciGpus,
  formatToolkitMissing,
} from "./findings.ts";
import type { NvidiaFinding } from "./findings.ts";
import { resolveDriver } from "./resolve-driver.ts";

/** `undefined`: this rule has nothing to say. */
type Rule = (facts: NvidiaFacts) => NvidiaFinding | undefined;

/** The first that speaks decides, and NVML is not asked. */
const FILE_RULES: readonly Rule[] = [
  (facts) => (hasNvidiaSign(facts) ? undefined : ABSENT),
  ({ visible }) => (visible.kind === "none" ? formatHidden(visible.text) : undefined),
  ({ jetson }) => (jetson === undefined ? undefined : formatJetson(jetson)),
  findContainerWithoutGpu,
  findDriverMissing,
  findToolkitMissing,
  ({ nodes, container }) => (nodes.denied.length === 0 ? undefined : formatNotPermitted(nodes.denied, container)),
];

export interface DetectNvidiaOptions {
  readNvml: () => Promise<NvmlAnswer | undefined>;
}

export async function detectNvidia(system: System, { readNvml }: DetectNvidiaOptions): Promise<NvidiaHardware> {
  if (system.os !== "linux") return { ...ABSENT, gpus: [], isWsl: false };
  const facts = readNvidiaFacts(system);
  for (const rule of FILE_RULES) {
    const finding = rule(facts);
    if (finding !== undefined) return createHardware(facts, finding);
  }
  return resolveDriver(facts, await readNvml());
}

function createHardware({ driverVersion, isWsl }: NvidiaFacts, finding: NvidiaFinding): NvidiaHardware {
  return { ...finding, ...(driverVersion === undefined ? {} : { driverVersion }), gpus: [], isWsl };
}

/** A container sees its host's kernel driver in `/proc` and `/sys`; nodes and libraries it has to be given. */
function findContainerWithoutGpu({ container, nodes, driverVersion, libcuda }: NvidiaFacts): NvidiaFinding | undefined {
  if (container === undefined || nodes.isThere || nodes.hasDxg) return undefined;
  if (driverVersion !== undefined) return formatContainerWithoutGpu(`the host's driver ${driverVersion}`, container);
  return libcuda === undefined ? undefined : formatContainerWithoutGpu(`"${libcuda}"`, container);
}

function findDriverMissing({ pci, nodes, driverVersion, isWsl }: NvidiaFacts): NvidiaFinding | undefined {
  const isMissing = pci.length > 0 && !nodes.isThere && driverVersion === undefined && !isWsl;
  return isMissing ? formatDriverMissing(formatPciGpus(pci)) : undefined;
}

function findToolkitMissing({ container, nodes, libcuda }: NvidiaFacts): NvidiaFinding | undefined {
  if (container === undefined || libcuda !== undefined) return undefined;
  if (nodes.hasDxg) return formatToolkitMissing("/dev/dxg");
  return nodes.isThere ? formatToolkitMissing(`/dev/nvidia${nodes.gpus[0] ?? 0}`) : undefined;
}
