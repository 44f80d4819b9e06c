// Opens XLA on one device, through a PJRT plugin, as a backend: this thread only sends messages and is never held by native
// code. PJRT may be called from several threads: one Worker owns client, weights and programs and compiles, so that
// compiling never stops what runs; others borrow them by address and run.
import type { CompilerFlags } from "../../ffi/pjrt/compile-options.ts";
import type { NamedValues } from "../../ffi/pjrt/named-values.ts";
import type { Precision, Target } from "../../target.ts";
import type { Backend, EngineInfo, EngineMemory, ModelSource, Session } from "../backend.ts";
import { WorkerPool } from "../worker-pool.ts";
import { CompileLine } from "./compile-line.ts";
import type { XlaPool, XlaReply, XlaRequest } from "./protocol.ts";
import { Quiet } from "./quiet.ts";
import { XlaSession } from "./session.ts";
import type { SessionEngine } from "./session-programs.ts";

export interface XlaBackendOptions {
  /** Absolute path of a PJRT plugin. */
  libraryPath: string;
  target: Target;
  /** On the CPU: how many there are, for the number of runs at once. */
  cores: number;
  /** Where compiled programs are kept; it is made when it is not there, and may be shared. */
  cacheFolder: string;
  /** Of models that do not say one. */
  precision?: Precision;
  /** What weights may take on the device; a model that does not fit is refused. */
  memoryBytes?: number;
  /** Beside our own, as the plugin names them; all are left out when it refuses one. */
  clientOptions?: NamedValues;
  compilerFlags?: CompilerFlags;
  /** XLA_FLAGS as this process was started with: part of what compiled programs are kept by. */
  xlaFlags?: string;
  /** Called once, before what is in flight is rejected, when the engine is lost: the process has to end. */
  onFailure?: (error: Error) => void;
  /** Something is worse than it should be, and it works all the same: for the log. */
  onWarning?: (message: string, reason: string) => void;
  /** Where `worker.ts` is, for callers that bundle it elsewhere. */
  workerUrl?: string;
}

/** 2 to 5 % less work on processors with AVX-512, nothing on others: bench/xla. */
const CPU_FLAGS: CompilerFlags = { xla_cpu_prefer_vector_width: 512 };
/** A run spreads its products over all cores and leaves them idle in between: another one fills that (bench/xla, two cores). */
const LEAST_RUNS = 2;
const CORES_A_RUN = 4;
/** While a device computes one batch, the next is put together and sent. */
const DEVICE_RUNS = 2;

/** The caller closes its sessions before the backend. Throws `NativeError` when the plugin cannot be used. */
export async function openXlaBackend(options: XlaBackendOptions): Promise<Backend> {
  const { libraryPath, target, cores, workerUrl = resolveWorkerUrl(import.meta.url) } = options;
  const runsAtOnce = target === "xla:cpu" ? Math.min(cores, Math.max(LEAST_RUNS, Math.ceil(cores / CORES_A_RUN))) : DEVICE_RUNS;
  const fail = createOnce(options.onFailure);
  const onWarning: SessionEngine["onWarning"] = (message, reason) => options.onWarning?.(message, reason);
  const compilers: XlaPool = new WorkerPool<XlaRequest, XlaReply>(workerUrl, 1, fail);
  const runners: XlaPool = new WorkerPool<XlaRequest, XlaReply>(workerUrl, runsAtOnce, fail);
  try {
    const started = await startCompiler(compilers, options);
    await runners.start({ kind: "join", libraryPath, client: started.client });
    return new XlaBackend({ compilers, runners, started, runsAtOnce, precision: options.precision, onWarning });
  } catch (error) {
    compilers.terminate();
    runners.terminate();
    throw error;
  }
}

/** A compiled file holds its entry points by their path below `src/`; a source file finds its neighbour. */
function resolveWorkerUrl(here: string): string {
  const isCompiled = here.startsWith("file:///$bunfs/");
  return isCompiled ? "./backends/xla/worker.ts" : new URL("./worker.ts", here).href;
}

/** Both pools may tell of one loss. */
function createOnce(onFailure: XlaBackendOptions["onFailure"]): (error: Error) => void {
  let isTold = false;
  return (error) => {
    if (!isTold) onFailure?.(error);
    isTold = true;
  };
}

type Started = Extract<XlaReply, { kind: "started" }>;

async function startCompiler(pool: XlaPool, options: XlaBackendOptions): Promise<Started> {
  const { libraryPath, cacheFolder, memoryBytes, clientOptions = {}, xlaFlags = "" } = options;
  const replies = await pool.start({
    kind: "start", libraryPath, cacheFolder, memoryBytes, flags: xlaFlags,
    clientOptions: { ...defaultOptions(options), ...clientOptions },
    compilerFlags: { ...(options.target === "xla:cpu" && CPU_FLAGS), ...options.compilerFlags },
  });
  const [reply] = replies.values();
  if (reply?.kind !== "started") throw new TypeError(`Cannot start a Worker: found reply "${reply?.kind}"`);
  return reply;
}

/**
 * The CPU plugin makes four devices unless it is told otherwise, and a thread for each: more than there are cores. It hands
 * runs to threads of its own, where two at once are slower than one after the other: each stays with the Worker that asked.
 * A GPU's takes three quarters of the memory at once unless it is told otherwise.
 */
function defaultOptions({ target }: XlaBackendOptions): NamedValues {
  if (target === "xla:cpu") return { cpu_device_count: { type: "i64", value: 1 }, asynchronous: { type: "bool", value: false } };
  return target === "xla:cuda" ? { preallocate: { type: "bool", value: false } } : {};
}

interface XlaBackendParts {
  compilers: XlaPool;
  runners: XlaPool;
  started: Started;
  runsAtOnce: number;
  precision: Precision | undefined;
  onWarning: SessionEngine["onWarning"];
}

class XlaBackend implements Backend {
  readonly info: EngineInfo;
  readonly runsAtOnce: number;
  readonly #engine: SessionEngine;
  readonly #precision: Precision | undefined;
  #sessions = 0;

  constructor({ compilers, runners, started, runsAtOnce, precision, onWarning }: XlaBackendParts) {
    const { version, device, platform } = started;
    this.info = { library: "pjrt", version, device };
    this.runsAtOnce = runsAtOnce;
    this.#precision = precision;
    // One more than Workers that load: the next one is found on disk meanwhile.
    const line = new CompileLine({ isQuiet: () => quiet.isQuiet, isIdle: () => quiet.isIdle, loadsAtOnce: runsAtOnce + 1 });
    const quiet = new Quiet(() => line.advance());
    this.#engine = { compilers, runners, line, quiet, platform, onWarning };
  }

  async open(source: ModelSource): Promise<Session> {
    const id = this.#sessions++;
    const { precision = this.#precision } = source;
    // The heads go along with their first program.
    const model: ModelSource = { ...source, precision, programs: [] };
    const reply = await this.#engine.compilers.submit(() => ({ kind: "open", session: id, source: model }));
    if (reply.kind !== "opened") throw new TypeError(`Cannot load model: found reply "${reply.kind}"`);
    return new XlaSession({ engine: this.#engine, id, facts: reply.facts, source });
  }

  async memory(): Promise<EngineMemory | undefined> {
    const reply = await this.#engine.compilers.submit(() => ({ kind: "memory" }));
    return reply.kind === "memory" ? reply.memory : undefined;
  }

  /** The Workers that borrow end first. */
  async close(): Promise<void> {
    this.#engine.quiet.close();
    await this.#engine.runners.close({ kind: "stop" });
    await this.#engine.compilers.close({ kind: "stop" });
  }
}
