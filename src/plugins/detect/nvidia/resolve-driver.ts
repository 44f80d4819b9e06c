// What a driver that is there can do: NVML's answer where there is one, files alone where not, then the floors of CUDA.
import type { CudaMajor, Gpu, NvidiaHardware } from "../hardware.ts";
import { isNvmlError } from "../nvml-answer.ts";
import type { NvmlAnswer } from "../nvml-answer.ts";
import { CUDA_FLOORS, findCudaMajor } from "./cuda-floors.ts";
import type { NvidiaFacts } from "./facts.ts";
import {
  ABSENT, formatDriverFailed, formatDriverMissing, formatDriverTooOld, formatFailures, formatGpuTooOld, formatHidden,
  formatLibcudaMissing, formatNewerDriver, formatNodesMissing, formatNvmlFailure, formatUsable, WSL_DRIVER_FAILED,
} from "./findings.ts";
import type { NvidiaFinding } from "./findings.ts";
import { selectVisible } from "./visible-devices.ts";

const [NEWEST] = CUDA_FLOORS;

/** A driver with its GPUs before anything hides one. */
interface Driver {
  version: string;
  cudaVersion: string | undefined;
  gpus: readonly Gpu[];
  /** NVML's words for each GPU that does not answer. */
  failures?: readonly string[] | undefined;
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
    const { driverVersion: version, cudaDriverVersion: cudaVersion, devices, failures } = answer;
    const gpus = devices.map(({ uuid, memoryBytes, ...device }, index): Gpu => {
      return { index, ...device, ...(uuid && { uuid }), ...(memoryBytes !== undefined && { memoryBytes }) };
    });
    return gpus.length > 0 ? { version, cudaVersion, gpus, failures } : explainNoGpus(facts, version);
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

function resolveGpus({ visible, isWsl }: NvidiaFacts, found: Driver): NvidiaHardware {
  const { version, cudaVersion, gpus: all, failures = [] } = found;
  const gpus = selectVisible(visible, all);
  const common = { driverVersion: version, ...(cudaVersion && { cudaDriverVersion: cudaVersion }), gpus, isWsl };
  if (visible.kind !== "all" && gpus.length === 0) return { ...formatHidden(visible.text, all.length), ...common };
  if (findCudaMajor(version) === undefined) return { ...formatDriverTooOld(version), ...common };
  const limit = visible.kind === "list" ? `, of ${all.length} by CUDA_VISIBLE_DEVICES "${visible.text}"` : "";
  const driver = `${version}${isWsl ? " (of Windows, on WSL)" : ""}${limit}${formatFailures(failures)}`;
  const chosen = findBest(gpus);
  const cudaMajor = chosen === undefined ? undefined : findCudaMajor(version, chosen.computeCapability);
  if (chosen === undefined || cudaMajor === undefined) return { ...formatGpuTooOld(gpus, driver), ...common };
  const more = findMore(chosen, cudaMajor);
  return { ...formatUsable(chosen, gpus, `${driver}${more}`), ...common, cudaMajor, chosen };
}

/** The first of those that the newest CUDA major would run on; all of them are too old where the result is. */
function findBest(gpus: readonly Gpu[]): Gpu | undefined {
  const rank = ({ computeCapability }: Gpu) => findCudaMajor(NEWEST.driver, computeCapability) ?? 0;
  return gpus.toSorted((a, b) => rank(b) - rank(a))[0];
}

/** What a newer driver would allow; nothing where that is not known, or the GPU is what stands in the way. */
function findMore({ computeCapability }: Gpu, cudaMajor: CudaMajor): string {
  const possible = computeCapability === undefined ? cudaMajor : findCudaMajor(NEWEST.driver, computeCapability);
  return possible === undefined || possible === cudaMajor ? "" : formatNewerDriver(cudaMajor);
}
