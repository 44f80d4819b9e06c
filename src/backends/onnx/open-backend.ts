// Opens ONNX Runtime on CPU or CUDA as a backend: this thread only sends messages and is never held by native code.
// As many Workers as cores share one session, each run on all cores. bench/runner-stress measures the choice: RunAsync is as
// fast under load, but a lone run waits longer, and opening a session and pooling would hold this thread.
import { openOrt } from "../../ffi/ort/api.ts";
import { createCpuMemoryInfo, createEnvironment, setTerminate, unsetTerminate } from "../../ffi/ort/environment.ts";
import { disableTelemetry } from "../../ffi/ort/telemetry.ts";
import { parseAddress } from "../../ffi/memory.ts";
import type { Address } from "../../ffi/memory.ts";
import type { Backend, EngineInfo, ModelSource, Session } from "../backend.ts";
import { prepareArena } from "./arena-shrinker.ts";
import type { OnnxDevice, OnnxPool, WorkerReply, WorkerRequest } from "./protocol.ts";
import { createMailboxMemory, RunMailbox } from "./run-mailbox.ts";
import { OnnxSession } from "./session.ts";
import { WorkerPool } from "../worker-pool.ts";
import type { WorkerSlot } from "../worker-pool.ts";

export interface OnnxBackendOptions {
  /** Absolute path of a libonnxruntime, 1.22 or newer. */
  libraryPath: string;
  /** Threads of one run; on the CPU also runs at once. */
  cores: number;
  /** Default: "cpu". On "cuda" the provider is proven before the backend is there. */
  device?: OnnxDevice;
  /** Where `worker.ts` is, for callers that bundle it elsewhere. */
  workerUrl?: string;
  /** Called once, before what is in flight is rejected, when the engine is lost: the process has to end. */
  onFailure?: (error: Error) => void;
}

/** A GPU runs one batch after the other: while one is computed, the next is put together and sent. */
const DEVICE_RUNS = 2;

/** Without a run for so long the memory of runs is given back. */
const IDLE_MS = 10_000;

/** The caller closes its sessions before the backend. Throws `NativeError` when the library cannot be used. */
export async function openOnnxBackend(options: OnnxBackendOptions): Promise<Backend> {
  const { libraryPath, cores, device = "cpu", workerUrl = resolveWorkerUrl(import.meta.url), onFailure } = options;
  const runsAtOnce = device === "cpu" ? cores : DEVICE_RUNS;
  // Here already, while no Worker is there that could read the environment at the same time.
  disableTelemetry();
  const pool = new WorkerPool<WorkerRequest, WorkerReply>(workerUrl, runsAtOnce, onFailure);
  try {
    const mailbox = createMailboxMemory();
    const started = Array.from(await pool.start({ kind: "start", libraryPath, cores, device, mailbox }), readStarted);
    await pool.submit(() => ({ kind: "prove" }));
    // After the Workers, so that this thread finds the library in memory already.
    connectStopper(pool, libraryPath, new Map(started.map(({ slot, runOptions }) => [slot, runOptions])));
    connectMailbox(pool, new RunMailbox(mailbox));
    if (device === "cpu") shareArena(libraryPath);
    return new OnnxBackend(pool, runsAtOnce, { library: "onnxruntime", version: started[0]?.version ?? "", device });
  } catch (error) {
    pool.terminate();
    throw error;
  }
}

/** A compiled file holds its entry points by their path below `src/`; a source file finds its neighbour. */
function resolveWorkerUrl(here: string): string {
  const isCompiled = here.startsWith("file:///$bunfs/");
  return isCompiled ? "./backends/onnx/worker.ts" : new URL("./worker.ts", here).href;
}

interface StartedSlot {
  slot: WorkerSlot;
  version: string;
  /** Addresses of the Worker's run options by turn, by which its run is stopped from here. */
  runOptions: readonly [number, number];
}

function readStarted([slot, reply]: readonly [WorkerSlot, WorkerReply]): StartedSlot {
  if (reply.kind !== "started") throw new TypeError(`Cannot start a Worker: found reply "${reply.kind}"`);
  return { slot, version: reply.version, runOptions: reply.runOptions };
}

function connectStopper(pool: OnnxPool, libraryPath: string, runOptions: ReadonlyMap<WorkerSlot, StartedSlot["runOptions"]>): void {
  const ort = openOrt(libraryPath);
  const optionsOf = (slot: WorkerSlot): Address => parseAddress(runOptions.get(slot)?.[slot.turn === 0 ? 0 : 1] ?? 0);
  // SAFETY: run options live from a Worker's start to its end; a run can be stopped only between the two.
  pool.setStopper({
    set: (slot) => setTerminate(ort, optionsOf(slot)),
    clear: (slot) => unsetTerminate(ort, optionsOf(slot)),
  });
}

function connectMailbox(pool: OnnxPool, mailbox: RunMailbox): void {
  pool.setMailbox({
    put: ({ id, request }) => request.kind === "run" && mailbox.put({ id, request }),
    retract: () => mailbox.retract(),
  });
}

/** Before the first session. The environment is the Workers': it lives as long as one of them holds it. */
function shareArena(libraryPath: string): void {
  const ort = openOrt(libraryPath);
  const environment = createEnvironment(ort);
  const memoryInfo = createCpuMemoryInfo(ort);
  try {
    prepareArena(ort, environment, memoryInfo);
  } finally {
    ort.functions.ReleaseMemoryInfo(memoryInfo);
    ort.functions.ReleaseEnv(environment);
  }
}

class OnnxBackend implements Backend {
  readonly info: EngineInfo;
  readonly runsAtOnce: number;
  readonly #pool: OnnxPool;
  #sessions = 0;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(pool: OnnxPool, runsAtOnce: number, info: EngineInfo) {
    this.#pool = pool;
    this.runsAtOnce = runsAtOnce;
    this.info = info;
  }

  async open(source: ModelSource): Promise<Session> {
    const reply = await this.#pool.submit(() => ({ kind: "open", source }));
    if (reply.kind !== "opened") throw new TypeError(`Cannot load model: found reply "${reply.kind}"`);
    return new OnnxSession(this.#pool, { id: this.#sessions++, address: reply.address }, { source, opened: reply, onRunEnded: () => this.#noteRunEnded() });
  }

  /** Memory that runs have used goes back once nothing has run for a while: the next run has to ask for it anew. */
  #noteRunEnded(): void {
    clearTimeout(this.#idleTimer);
    if (this.#pool.load > 0) return;
    this.#idleTimer = setTimeout(() => void this.#shrink(), IDLE_MS);
    this.#idleTimer.unref();
  }

  async #shrink(): Promise<void> {
    try {
      await this.#pool.submit(() => ({ kind: "shrink" }));
    } catch {
      // The engine has failed, and whoever asks it for something is told so; or there is no memory to give some back.
    }
  }

  close(): Promise<void> {
    clearTimeout(this.#idleTimer);
    return this.#pool.close({ kind: "stop" });
  }
}
