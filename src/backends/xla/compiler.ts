// What the Worker does that compiles: owns the client, the models and the programs; others borrow them by address.
import { formatError, NativeError, TermiteError } from "../../errors.ts";
import { openOwnProcess } from "../../ffi/libc.ts";
import { openPjrt } from "../../ffi/pjrt/api.ts";
import { createClient } from "../../ffi/pjrt/client.ts";
import type { PjrtClient } from "../../ffi/pjrt/client.ts";
import type { Pjrt } from "../../ffi/pjrt/api.ts";
import type { NamedValues } from "../../ffi/pjrt/named-values.ts";
import { formatBytes } from "../../format-bytes.ts";
import type { Precision } from "../../target.ts";
import { loadFailure } from "../token-cells.ts";
import { CompiledModel, explainFailure } from "./compiled-model.ts";
import { openDiskCache } from "./disk-cache.ts";
import { readFileIdentity, readProcessorIdentity } from "./engine-identity.ts";
import { createExecutableStore } from "./executable-store.ts";
import type { ExecutableStore } from "./executable-store.ts";
import { readTensorFacts, readTextFacts } from "./model-facts.ts";
import type { PreparedModel } from "./program.ts";
import type { BucketShape, CompileRequest, ModelFacts, XlaReply, XlaRequest } from "./protocol.ts";
import { readWarmOrder, warmOrderFile, writeWarmOrder } from "./warm-order.ts";

export type PrepareModel = (options: { graphFile: string; precision?: Precision }) => Promise<PreparedModel>;

type StartRequest = Extract<XlaRequest, { kind: "start" }>;
type OpenRequest = Extract<XlaRequest, { kind: "open" }>;
type TensorsRequest = Extract<XlaRequest, { kind: "run-tensors" }>;

interface OpenModel {
  compiled: CompiledModel;
  weightBytes: number;
  orderFile: string;
}

/** Of all entries together. One of MiniLM's takes about 0.4 MB. */
const CACHE_BYTES = 2_000_000_000;

export class Compiler {
  readonly #options: StartRequest;
  readonly #prepare: PrepareModel;
  readonly #pjrt: Pjrt;
  readonly #client: PjrtClient;
  readonly #compiler: PjrtClient;
  readonly #store: ExecutableStore;
  readonly #models = new Map<number, OpenModel>();
  #programs = 0;
  /** Why programs are not kept on disk, until it is told. */
  #unkept: string | undefined;

  constructor(options: StartRequest, prepare: PrepareModel) {
    this.#options = options;
    this.#prepare = prepare;
    const { libraryPath, clientOptions, compilerFlags, cacheFolder } = options;
    this.#pjrt = openPjrt(libraryPath);
    this.#client = openClient(this.#pjrt, clientOptions);
    const { platformName, platformVersion, devices: [device] } = this.#client;
    const identity = [
      this.#pjrt.version, readFileIdentity(libraryPath), platformName, platformVersion, device.kind,
      readProcessorIdentity(), JSON.stringify([clientOptions, compilerFlags]), options.flags,
    ];
    const cache = openDiskCache({
      folder: cacheFolder, maxBytes: CACHE_BYTES,
      onFailure: (words) => { this.#unkept = words; },
    });
    this.#compiler = platformName === "cpu" ? openApart(this.#pjrt, clientOptions) : this.#client;
    this.#store = createExecutableStore({ client: this.#client, compiler: this.#compiler, cache, identity, flags: compilerFlags });
  }

  started(): XlaReply {
    const { platformName: platform, devices: [device] } = this.#client;
    return { kind: "started", client: this.#client.address, version: this.#pjrt.version, device: device.kind, platform };
  }

  async open(request: OpenRequest): Promise<XlaReply> {
    try {
      return { kind: "opened", facts: await this.#open(request) };
    } catch (error) {
      throw explainFailure(error);
    }
  }

  async #open({ session, source }: OpenRequest): Promise<ModelFacts> {
    const { graphFile, precision, tensorsOnly } = source;
    const model = await this.#prepare({ graphFile, ...(precision && { precision }) });
    const compiled = new CompiledModel({ client: this.#client, model, store: this.#store });
    const orderFile = warmOrderFile(this.#options.cacheFolder, readFileIdentity(graphFile));
    const facts = tensorsOnly ? readTensorFacts(compiled, model) : readTextFacts({ compiled, model, source });
    this.#checkRoom(facts.weightBytes);
    this.#models.set(session, { compiled, weightBytes: facts.weightBytes, orderFile });
    return { ...facts, warmOrder: tensorsOnly ? [] : readWarmOrder(orderFile) };
  }

  /** Throws `model_load_failed` when the weights do not fit beside those of the models that are open. */
  #checkRoom(weightBytes: number): void {
    const { memoryBytes } = this.#options;
    const held = Array.from(this.#models.values()).reduce((sum, model) => sum + model.weightBytes, 0);
    if (memoryBytes === undefined || held + weightBytes <= memoryBytes) return;
    const free = formatBytes(Math.max(0, memoryBytes - held));
    throw loadFailure(`found ${formatBytes(weightBytes)} of weights, ${free} of the engine's memory are free`);
  }

  compile(request: CompileRequest): XlaReply {
    try {
      const reply = this.#resolveModel(request.session).compiled.compile(request, this.#programs++);
      return reply.kind === "compiled" ? { ...reply, unkept: this.#takeUnkept() } : reply;
    } catch (error) {
      throw explainFailure(error);
    }
  }

  #takeUnkept(): string | undefined {
    const words = this.#unkept;
    this.#unkept = undefined;
    return words;
  }

  runTensors({ session, feeds }: TensorsRequest): XlaReply {
    try {
      return { kind: "tensors", tensors: this.#resolveModel(session).compiled.runTensors(feeds) };
    } catch (error) {
      if (!(error instanceof NativeError)) throw error;
      throw new NativeError("pjrt", error.nativeStatus, `Cannot run model: ${error.message}`, { cause: error });
    }
  }

  /** Keeps what the next start compiles first. */
  keepOrder(session: number, order: readonly BucketShape[]): XlaReply {
    const { orderFile } = this.#resolveModel(session);
    try {
      writeWarmOrder(orderFile, order);
    } catch {
      // A read-only or full disk: it is a hint, and the next start does without.
      return { kind: "done" };
    }
    return { kind: "done" };
  }

  memory(): XlaReply {
    return { kind: "memory", memory: this.#client.readMemory() };
  }

  release(session: number): XlaReply {
    this.#models.get(session)?.compiled.close();
    this.#models.delete(session);
    return { kind: "done" };
  }

  stop(): XlaReply {
    for (const session of this.#models.keys()) this.release(session);
    this.#compiler.close();
    this.#client.close();
    return { kind: "done" };
  }

  #resolveModel(session: number): OpenModel {
    const model = this.#models.get(session);
    if (model === undefined) throw new TypeError("Cannot use a model: it is not open");
    return model;
  }
}

/** Beside a runner's own (src/runners/child.ts). Much more, and on a busy machine no program would ever be ready. */
const COMPILER_NICENESS = 2;

/**
 * A client compiles on the threads that it runs on: a run that came meanwhile would wait for all of it, up to seconds. So
 * on a CPU, where a client holds no memory, another one compiles, and its threads yield to those that run.
 */
function openApart(pjrt: Pjrt, options: NamedValues): PjrtClient {
  // Elsewhere niceness is the whole process'.
  if (process.platform === "linux") openOwnProcess().addNiceness(COMPILER_NICENESS);
  return openClient(pjrt, options);
}

/** An option that the plugin does not know makes it refuse them all: then without. */
function openClient(pjrt: Pjrt, options: NamedValues): PjrtClient {
  try {
    return createClient(pjrt, options);
  } catch (error) {
    if (!(error instanceof NativeError) || Object.keys(options).length === 0) throw error;
    return openPlainClient(pjrt, error);
  }
}

function openPlainClient(pjrt: Pjrt, refusal: NativeError): PjrtClient {
  try {
    return createClient(pjrt);
  } catch (error) {
    throw new TermiteError("target_unavailable", `Cannot start XLA: ${formatError(error)}`, { cause: refusal });
  }
}
