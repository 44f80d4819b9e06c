// What a driver that is there can do: NVML's answer where there is one, files alone where not, then the floors of CUDA.
import type { Gpu, NvidiaHardware } from "../hardware.ts";
import { isNvmlError } from "../nvml-answer.ts";
import type { NvmlAnswer } from "../nvml-answer.ts";
import { findCudaMajor } from "./cuda-floors.ts";
import type { NvidiaFacts } from "./facts.ts";
import {
  ABSENT, formatDriverFailed, formatDriverMissing, formatDriverTooOld, formatGpuTooOld, formatHidden, formatLibcudaMissing,
  formatNodesMissing, formatNvmlFailure, formatUsable, WSL_DRIVER_FAILED,
} from "./findings.ts";
import type { NvidiaFinding } from "./findings.ts";
import { selectVisible } from "./visible-devices.ts";

/** A driver with its GPUs before anything hides one. */
interface Driver {
  version: string;
  cudaVersion: string | undefined;
  gpus: readonly Gpu[];
}

/** `answer` is `undefined` where NVML was not asked. */
export function resolveDriver(facts: NvidiaFacts, answer: NvmlAnswer | undefined): NvidiaHardware {
  const driver = answer === undefined ? readFileDriver(facts) : readNvmlDriver(facts, answer);
  if ("state" in driver) {
    const version = facts.driverVersion === undefined ? {} : { driverVersion: facts.driverVersion };
    return { ...driver, ...version, gpus: [], isWsl: facts.isWsl };
  }
  return resolveGpus(facts, driver);
}

function readNvmlDriver(facts: NvidiaFacts, answer: NvmlAnswer): Driver | NvidiaFinding {
  if (!isNvmlError(answer)) {
    const { driverVersion: version, cudaDriverVersion: cudaVersion, devices } = answer;
    const gpus = devices.map(({ uuid, memoryBytes, ...device }, index): Gpu => {
      return { index, ...device, ...(uuid && { uuid }), ...(memoryBytes !== undefined && { memoryBytes }) };
    });
    return gpus.length > 0 ? { version, cudaVersion, gpus } : explainNoGpus(facts, version);
  }
  // Containers can be given CUDA without NVML (NVIDIA_DRIVER_CAPABILITIES=compute): then files decide.
  return answer.isMissing === true ? readFileDriver(facts) : formatNvmlFailure(answer.error, facts.driverVersion);
}

function explainNoGpus({ pci, nodes }: NvidiaFacts, version: string): NvidiaFinding {
  if (pci.length > 0 || nodes.isThere) return formatDriverFailed(`driver ${version}, whose library NVML lists no GPU`);
  return { ...ABSENT, found: `driver ${version} and no NVIDIA GPU` };
}

/** Nodes alone are no GPU: a version of the loaded driver and its library have to be there too. */
function readFileDriver({ driverVersion, nodes, libcuda, isWsl, gpus }: NvidiaFacts): Driver | NvidiaFinding {
  if (isWsl) return WSL_DRIVER_FAILED;
  if (driverVersion === undefined) return formatDriverMissing('"/dev/nvidia0"');
  if (gpus.length === 0 || !nodes.isThere) return formatNodesMissing(driverVersion);
  if (libcuda === undefined) return formatLibcudaMissing(driverVersion);
  return { version: driverVersion, cudaVersion: undefined, gpus };
}

function resolveGpus({ visible, isWsl }: NvidiaFacts, { version, cudaVersion, gpus: all }: Driver): NvidiaHardware {
  const gpus = selectVisible(visible, all);
  const common = { driverVersion: version, ...(cudaVersion && { cudaDriverVersion: cudaVersion }), gpus, isWsl };
  if (visible.kind !== "all" && gpus.length === 0) return { ...formatHidden(visible.text, all.length), ...common };
  if (findCudaMajor(version) === undefined) return { ...formatDriverTooOld(version), ...common };
  const limit = visible.kind === "list" ? `, of ${all.length} by CUDA_VISIBLE_DEVICES "${visible.text}"` : "";
  const driver = `${version}${isWsl ? " (of Windows, on WSL)" : ""}${limit}`;
  const chosen = gpus.find(({ computeCapability }) => findCudaMajor(version, computeCapability) !== undefined);
  if (chosen === undefined) return { ...formatGpuTooOld(gpus, driver), ...common };
  const cudaMajor = findCudaMajor(version, chosen.computeCapability);
  return { ...formatUsable(chosen, gpus, driver), ...common, ...(cudaMajor && { cudaMajor }), chosen };
}
