// What a Worker does: sessions of one environment, one run at a time on this thread. Blocks: never for the main one.
import { NativeError, TermiteError } from "../../errors.ts";
import { openOwnProcess } from "../../ffi/libc.ts";
import { parseAddress } from "../../ffi/memory.ts";
import type { Address } from "../../ffi/memory.ts";
import { openOrt } from "../../ffi/ort/api.ts";
import type { Ort } from "../../ffi/ort/api.ts";
import { createCpuMemoryInfo, createEnvironment, createRunOptions } from "../../ffi/ort/environment.ts";
import type { RunOptions } from "../../ffi/ort/environment.ts";
import { OrtSession } from "../../ffi/ort/session.ts";
import { applyHead } from "../../heads/apply-head.ts";
import type { Head } from "../../heads/head.ts";
import { proveCuda } from "./cuda-proof.ts";
import { openDeviceSession } from "./device-session.ts";
import type { DeviceSettings } from "./device-session.ts";
import { findHeadOutput, resolveHeadOutput } from "../head-outputs.ts";
import { createFeedTensors } from "../tensor-feeds.ts";
import { readAsFloat32, readTensor } from "./model-outputs.ts";
import { formatNativeWords } from "./native-words.ts";
import type { SessionRef, WorkerReply, WorkerRequest } from "./protocol.ts";
import { checkFit } from "../token-cells.ts";
import { createTokenTensors, resolveGrid, resolveTokenInputs } from "./token-inputs.ts";
import type { TokenInputs } from "./token-inputs.ts";
import type { ModelSource, SessionFacts } from "../backend.ts";

interface OpenSession {
  session: OrtSession;
  /** Absent until the first batch. */
  tokens?: TokenInputs;
  heads: Map<number, Head>;
}

type StartRequest = Extract<WorkerRequest, { kind: "start" }>;
type RunRequest = Extract<WorkerRequest, { kind: "run" }>;
type TensorsRequest = Extract<WorkerRequest, { kind: "run-tensors" }>;

export class Engine {
  readonly #ort: Ort;
  readonly #settings: DeviceSettings;
  readonly #environment: Address;
  readonly #memoryInfo: Address;
  /** By turn: a run may begin before it is known here that the one before it was stopped too late. */
  readonly #runOptions: readonly [RunOptions, RunOptions];
  readonly #sessions = new Map<number, OpenSession>();
  readonly #process = openOwnProcess();

  constructor({ libraryPath, cores, device }: StartRequest) {
    this.#ort = openOrt(libraryPath);
    this.#settings = { intraOpThreads: cores, device };
    // The log alone says why the library of a provider cannot be opened.
    this.#environment = createEnvironment(this.#ort, { logsErrors: device !== "cpu" });
    this.#memoryInfo = createCpuMemoryInfo(this.#ort);
    this.#runOptions = [createRunOptions(this.#ort), createRunOptions(this.#ort)];
  }

  started(): WorkerReply {
    const [even, odd] = this.#runOptions;
    return { kind: "started", version: this.#ort.version, runOptions: [even.address, odd.address] };
  }

  prove(): WorkerReply {
    if (this.#settings.device === "cuda") proveCuda(this.#ort, this.#environment, this.#memoryInfo);
    return { kind: "done" };
  }

  open(source: ModelSource): WorkerReply {
    try {
      const address = openDeviceSession(this.#ort, this.#environment, source, this.#settings);
      const facts = this.#readFacts(address, source);
      // The file as it was read, beside the weights.
      this.#process.trimMemory();
      return { kind: "opened", address, facts };
    } catch (error) {
      if (!(error instanceof NativeError)) throw error;
      const words = formatNativeWords(error.message, source.graphFile);
      throw new TermiteError("model_load_failed", `Cannot load model: ${words}`, { cause: error });
    }
  }

  /** Releases the session when the graph is refused. */
  #readFacts(address: Address, source: ModelSource): SessionFacts {
    try {
      const { inputs, outputs } = new OrtSession(this.#ort, address, this.#memoryInfo);
      if (!source.tensorsOnly) checkTexts({ inputs, outputs }, source);
      const tokenOutput = findHeadOutput(outputs, "tokens");
      const width = tokenOutput === undefined ? undefined : outputs[tokenOutput]?.dims[2];
      const names = { inputs: inputs.map((it) => it.name), outputs: outputs.map((it) => it.name) };
      return { ...names, padded: true, width: width !== undefined && width > 0 ? width : undefined };
    } catch (error) {
      this.#ort.functions.ReleaseSession(address);
      throw error;
    }
  }

  run({ session: ref, batch, headId, head: newHead, turn }: RunRequest): WorkerReply {
    const opened = this.#resolveSession(ref);
    const { session, heads } = opened;
    // First of all: it is not sent again.
    if (newHead) heads.set(headId, newHead);
    const tokens = (opened.tokens ??= resolveTokenInputs(session.inputs));
    const head = heads.get(headId);
    if (head === undefined) throw new TypeError("Cannot run model: this Worker was never given the head");
    const tensors = createTokenTensors(tokens, batch, resolveGrid(tokens, batch));
    const wanted = resolveHeadOutput(session.outputs, head.kind);
    const result = this.#native(() => session.run(this.#optionsOf(turn), tensors, [wanted], ([output]) => {
      if (output === undefined) throw new TypeError("Cannot run model: found no output");
      return applyHead(head, { dims: output.dims, data: readAsFloat32(output) }, batch);
    }));
    return { kind: "result", result };
  }

  runTensors({ session: ref, feeds, turn }: TensorsRequest): WorkerReply {
    const { session } = this.#resolveSession(ref);
    const wanted = session.outputs.map((_, index) => index);
    const inputs = createFeedTensors(session.inputs, feeds);
    const tensors = this.#native(() => session.run(this.#optionsOf(turn), inputs, wanted, (outputs) => {
      return Object.fromEntries(outputs.map((output) => [output.name, readTensor(output)]));
    }));
    return { kind: "tensors", tensors };
  }

  #optionsOf(turn: number): Address {
    const [even, odd] = this.#runOptions;
    return (turn === 0 ? even : odd).address;
  }

  /** The session as this thread sees it, read from its address when it is met for the first time. */
  #resolveSession({ id, address }: SessionRef): OpenSession {
    const known = this.#sessions.get(id);
    if (known) return known;
    // SAFETY: the backend releases a session only after its last run, and tells every Worker to forget it before.
    const session = new OrtSession(this.#ort, parseAddress(address), this.#memoryInfo);
    const opened: OpenSession = { session, heads: new Map() };
    this.#sessions.set(id, opened);
    return opened;
  }

  /** Puts the library's words into ours. */
  #native<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof NativeError)) throw error;
      const words = formatNativeWords(error.message);
      throw new NativeError("onnxruntime", error.nativeStatus, `Cannot run model: ${words}`, { cause: error });
    }
  }

  forget(sessionId: number): void {
    this.#sessions.delete(sessionId);
  }

  release({ id, address }: SessionRef): WorkerReply {
    this.forget(id);
    this.#ort.functions.ReleaseSession(parseAddress(address));
    this.#process.trimMemory();
    return { kind: "done" };
  }

  stop(): WorkerReply {
    for (const options of this.#runOptions) options.release();
    this.#ort.functions.ReleaseMemoryInfo(this.#memoryInfo);
    this.#ort.functions.ReleaseEnv(this.#environment);
    return { kind: "done" };
  }
}

/** Throws `model_load_failed` when the graph cannot do what it is opened for. */
function checkTexts({ inputs, outputs }: Pick<OrtSession, "inputs" | "outputs">, { heads = [], maxTokens }: ModelSource): void {
  resolveTokenInputs(inputs);
  checkFit(inputs, maxTokens);
  for (const head of heads) resolveHeadOutput(outputs, head);
}
