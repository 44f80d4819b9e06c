// The environment of the library (one per process, counted), sessions from files or memory, and run options.
import { createCString, createPathString, checkedPointer } from "../memory.ts";
import type { Address, NativeBuffer } from "../memory.ts";
import type { Ort } from "./api.ts";
import { addSharedWeights } from "./shared-weights.ts";
import type { SharedWeights } from "./shared-weights.ts";
import { RECORDS_ASSIGNMENT } from "./assignment.ts";
import { appendCudaProvider } from "./providers.ts";

/** `ORT_LOGGING_LEVEL_FATAL`: every error comes back as a status, so that the library has nothing to print. */
const LOG_FATAL = 4;
/** `ORT_LOGGING_LEVEL_ERROR`: the log alone says why the library of a provider cannot be opened. */
const LOG_ERROR = 3;

export interface SessionSettings {
  /** Threads that one run may use, the calling one included. */
  intraOpThreads: number;
  /** Every node runs on CUDA device 0, or the session is refused. Default: on the CPU. */
  device?: "cpu" | "cuda";
  /** With "cuda": what that does not take runs on the CPU. */
  allowsCpu?: boolean;
  /** For `readAssignment`. */
  recordsAssignment?: boolean;
  /** With "cuda": products of float32 in TF32. */
  usesTf32?: boolean;
  /** Takes memory for runs from the environment's arena, which must be registered. */
  sharesArena?: boolean;
}

/** Counted inside the library: each thread creates and releases its own reference. `logsErrors`: to fd 2. */
export function createEnvironment(ort: Ort, { logsErrors = false } = {}): Address {
  const logId = createCString("termite");
  ort.check(ort.functions.CreateEnv(logsErrors ? LOG_ERROR : LOG_FATAL, logId.address, ort.out.address));
  // SAFETY: the library copies `logId`; the caller releases the environment with `ReleaseEnv` after its sessions.
  return checkedPointer(ort.out);
}

/** Reads and optimises the graph: seconds of native work. The caller releases the session, from any thread. */
export function createSession(ort: Ort, environment: Address, graphFile: string, settings: SessionSettings): Address {
  const options = createSessionOptions(ort, settings);
  try {
    // SAFETY: the library copies `path` within the call.
    const path = createPathString(graphFile);
    ort.check(ort.functions.CreateSession(environment, path.address, options, ort.out.address));
    return checkedPointer(ort.out);
  } finally {
    // SAFETY: the session has its own copy of the options.
    ort.functions.ReleaseSessionOptions(options);
  }
}

/** As `createSession`, of a model in memory without external data: `model` is the file's bytes, all of them. */
export function createSessionFromBytes(
  ort: Ort, environment: Address, model: NativeBuffer, settings: SessionSettings,
): Address {
  const options = createSessionOptions(ort, settings);
  try {
    // SAFETY: the library parses `model` within the call and keeps no pointer into it.
    const { address, bytes } = model;
    ort.check(ort.functions.CreateSessionFromArray(environment, address, bytes.length, options, ort.out.address));
    return checkedPointer(ort.out);
  } finally {
    // SAFETY: the session has its own copy of the options.
    ort.functions.ReleaseSessionOptions(options);
  }
}

/**
 * As `createSession`, of a model in memory, with weights that lie there too: those that the graph names are not copied, and
 * what is packed from them is packed once for all sessions of the same `weights`, which outlive the session.
 */
export function createSharingSession(
  ort: Ort, environment: Address, model: ModelMemory, settings: SessionSettings, weights: SharedWeights,
): Address {
  const options = createSessionOptions(ort, settings);
  try {
    addSharedWeights(ort, options, weights);
    // SAFETY: the library parses the model within the call and keeps no pointer into it, but those of `weights`.
    ort.check(ort.functions.CreateSessionFromArrayWithPrepackedWeightsContainer(
      environment, model.address, model.sizeBytes, options, weights.container, ort.out.address,
    ));
    return checkedPointer(ort.out);
  } finally {
    // SAFETY: the session has its own copy of the options.
    ort.functions.ReleaseSessionOptions(options);
  }
}

/** A whole `.onnx` file. */
export interface ModelMemory {
  address: Address;
  sizeBytes: number;
}

function createSessionOptions(ort: Ort, settings: SessionSettings): Address {
  const { functions, out } = ort;
  ort.check(functions.CreateSessionOptions(out.address));
  const options = checkedPointer(out);
  try {
    ort.check(functions.SetSessionLogSeverityLevel(options, LOG_FATAL));
    ort.check(functions.SetIntraOpNumThreads(options, settings.intraOpThreads));
    // With varying shapes a pattern is made for each shape and kept: about 40 MB.
    ort.check(functions.DisableMemPattern(options));
    // Several runs share the cores: a spinning thread takes them from another run.
    addConfigEntry(ort, options, "session.intra_op.allow_spinning", "0");
    // An arena keeps what it had: of weights that are packed for products, the first copy.
    addConfigEntry(ort, options, "session.use_device_allocator_for_initializers", "1");
    if (settings.sharesArena === true) addConfigEntry(ort, options, "session.use_env_allocators", "1");
    if (settings.device === "cuda") {
      appendCudaProvider(ort, options, { usesTf32: settings.usesTf32 ?? false });
      // Otherwise what CUDA does not take runs on the CPU, and nobody says so.
      if (settings.allowsCpu !== true) addConfigEntry(ort, options, "session.disable_cpu_ep_fallback", "1");
    }
    if (settings.recordsAssignment === true) addConfigEntry(ort, options, RECORDS_ASSIGNMENT, "1");
    return options;
  } catch (error) {
    functions.ReleaseSessionOptions(options);
    throw error;
  }
}

function addConfigEntry(ort: Ort, options: Address, key: string, value: string): void {
  const [nativeKey, nativeValue] = [createCString(key), createCString(value)];
  // SAFETY: the library copies both strings within the call.
  ort.check(ort.functions.AddSessionConfigEntry(options, nativeKey.address, nativeValue.address));
}

/** What stops a run: any thread that has the address may set or unset the flag. */
export interface RunOptions {
  readonly address: Address;
  release(): void;
}

export function createRunOptions(ort: Ort): RunOptions {
  ort.check(ort.functions.CreateRunOptions(ort.out.address));
  const address = checkedPointer(ort.out);
  return { address, release: () => ort.functions.ReleaseRunOptions(address) };
}

/** Makes the run under way (or the next one) with these options end with an error, within milliseconds. Thread-safe. */
export function setTerminate(ort: Ort, runOptions: Address): void {
  ort.check(ort.functions.RunOptionsSetTerminate(runOptions));
}

export function unsetTerminate(ort: Ort, runOptions: Address): void {
  ort.check(ort.functions.RunOptionsUnsetTerminate(runOptions));
}

/** Describes plain CPU memory, for tensors over our own buffers. The caller releases it with `ReleaseMemoryInfo`. */
export function createCpuMemoryInfo(ort: Ort): Address {
  const [deviceAllocator, defaultMemory] = [0, 0]; // OrtDeviceAllocator, OrtMemTypeDefault
  ort.check(ort.functions.CreateCpuMemoryInfo(deviceAllocator, defaultMemory, ort.out.address));
  return checkedPointer(ort.out);
}
