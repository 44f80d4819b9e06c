// Opens ONNX Runtime on CPU as a backend: this thread only sends messages and is never held by native code.
// As many Workers as cores share one session, each run on all cores. bench/runner-stress measures the choice: RunAsync is as
// fast under load, but a lone run waits longer, and opening a session and pooling would hold this thread.
import { openOrt } from "../../ffi/ort/api.ts";
import { setTerminate, unsetTerminate } from "../../ffi/ort/environment.ts";
import { disableTelemetry } from "../../ffi/ort/telemetry.ts";
import { parseAddress } from "../../ffi/memory.ts";
import type { Backend, EngineInfo, ModelSource, Session } from "../backend.ts";
import { OnnxSession } from "./session.ts";
import { WorkerPool } from "./worker-pool.ts";

export interface OnnxBackendOptions {
  /** Absolute path of a libonnxruntime, 1.22 or newer. */
  libraryPath: string;
  /** Threads of one run, and runs at once. */
  cores: number;
  /** Where `worker.ts` is, for callers that bundle it elsewhere. */
  workerUrl?: string;
  /** Called once, before what is in flight is rejected, when the engine is lost: the process has to end. */
  onFailure?: (error: Error) => void;
}

/** The caller closes its sessions before the backend. Throws `NativeError` when the library cannot be used. */
export async function openOnnxBackend(options: OnnxBackendOptions): Promise<Backend> {
  const { libraryPath, cores, workerUrl = resolveWorkerUrl(import.meta.url), onFailure } = options;
  // Here already, while no Worker is there that could read the environment at the same time.
  disableTelemetry();
  const pool = new WorkerPool(workerUrl, cores, onFailure);
  try {
    const [first] = await pool.start({ kind: "start", libraryPath, cores });
    // After the Workers, so that this thread finds the library in memory already.
    connectStopper(pool, libraryPath);
    return new OnnxBackend(pool, cores, first?.version ?? "");
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

function connectStopper(pool: WorkerPool, libraryPath: string): void {
  const ort = openOrt(libraryPath);
  // SAFETY: run options live from a Worker's start to its end; a run can be stopped only between the two.
  pool.setStopper({
    set: ({ runOptions }) => setTerminate(ort, parseAddress(runOptions)),
    clear: ({ runOptions }) => unsetTerminate(ort, parseAddress(runOptions)),
  });
}

class OnnxBackend implements Backend {
  readonly info: EngineInfo;
  readonly runsAtOnce: number;
  readonly #pool: WorkerPool;
  #sessions = 0;

  constructor(pool: WorkerPool, cores: number, version: string) {
    this.#pool = pool;
    this.runsAtOnce = cores;
    this.info = { library: "onnxruntime", version, device: "cpu" };
  }

  async open(source: ModelSource): Promise<Session> {
    const reply = await this.#pool.submit(() => ({ kind: "open", source }));
    if (reply.kind !== "opened") throw new TypeError(`Cannot load model: found reply "${reply.kind}"`);
    return new OnnxSession(this.#pool, { id: this.#sessions++, address: reply.address }, reply.facts, source);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
