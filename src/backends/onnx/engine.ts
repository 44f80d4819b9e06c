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
import { ArenaShrinker } from "./arena-shrinker.ts";
import { CpuModels } from "./cpu-model.ts";
import type { MappedModel } from "./cpu-model.ts";
import { checkPrecision, openDeviceSession } from "./device-session.ts";
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

/** A model as this thread sees it. */
interface OpenSession {
  /** Its native sessions by address, all with the same inputs and outputs. */
  forms: Map<number, OrtSession>;
  /** Absent until the first batch. */
  tokens?: TokenInputs;
  heads: Map<number, Head>;
}

type StartRequest = Extract<WorkerRequest, { kind: "start" }>;
type RunRequest = Extract<WorkerRequest, { kind: "run" }>;
type TensorsRequest = Extract<WorkerRequest, { kind: "run-tensors" }>;
type ReleaseRequest = Extract<WorkerRequest, { kind: "release" }>;

export class Engine {
  readonly #ort: Ort;
  readonly #settings: DeviceSettings;
  readonly #environment: Address;
  readonly #memoryInfo: Address;
  /** By turn: a run may begin before it is known here that the one before it was stopped too late. */
  readonly #runOptions: readonly [RunOptions, RunOptions];
  readonly #sessions = new Map<number, OpenSession>();
  readonly #process = openOwnProcess();
  readonly #cpuModels: CpuModels | undefined;
  #arena: ArenaShrinker | undefined;

  constructor({ libraryPath, cores, device }: StartRequest) {
    this.#ort = openOrt(libraryPath);
    this.#settings = { intraOpThreads: cores, device };
    // The log alone says why the library of a provider cannot be opened.
    this.#environment = createEnvironment(this.#ort, { logsErrors: device !== "cpu" });
    this.#memoryInfo = createCpuMemoryInfo(this.#ort);
    this.#runOptions = [createRunOptions(this.#ort), createRunOptions(this.#ort)];
    const context = { ort: this.#ort, environment: this.#environment, memoryInfo: this.#memoryInfo };
    this.#cpuModels = device === "cpu" ? new CpuModels(context, cores) : undefined;
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
      const opened = this.#openSession(source);
      const facts = this.#readFacts(opened, source);
      // The file as it was read, beside the weights.
      this.#process.trimMemory();
      return { kind: "opened", facts, ...opened };
    } catch (error) {
      if (!(error instanceof NativeError)) throw error;
      const words = formatNativeWords(error.message, source.graphFile);
      throw new TermiteError("model_load_failed", `Cannot load model: ${words}`, { cause: error });
    }
  }

  #openSession(source: ModelSource): { address: Address; mapped?: MappedModel } {
    if (this.#cpuModels === undefined) {
      return { address: openDeviceSession(this.#ort, this.#environment, source, this.#settings) };
    }
    checkPrecision(source, "cpu");
    return this.#cpuModels.open(source.graphFile);
  }

  openOneCore(mapped: MappedModel): WorkerReply {
    if (this.#cpuModels === undefined) throw new TypeError("Cannot open another session: the engine is no CPU");
    const address = this.#cpuModels.openOneCore(mapped);
    this.#process.trimMemory();
    return { kind: "opened-one-core", address };
  }

  /** Releases the session when the graph is refused. */
  #readFacts({ address, mapped }: { address: Address; mapped?: MappedModel }, source: ModelSource): SessionFacts {
    try {
      const { inputs, outputs } = new OrtSession(this.#ort, address, this.#memoryInfo);
      if (!source.tensorsOnly) checkTexts({ inputs, outputs }, source);
      const tokenOutput = findHeadOutput(outputs, "tokens");
      const width = tokenOutput === undefined ? undefined : outputs[tokenOutput]?.dims[2];
      const names = { inputs: inputs.map((it) => it.name), outputs: outputs.map((it) => it.name) };
      return { ...names, padded: true, width: width !== undefined && width > 0 ? width : undefined };
    } catch (error) {
      this.release({ addresses: [address], mapped });
      throw error;
    }
  }

  run({ session: ref, batch, headId, head: newHead, turn }: RunRequest): WorkerReply {
    const opened = this.#resolveSession(ref);
    const { heads } = opened;
    const session = this.#resolveForm(opened, ref);
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
    const session = this.#resolveForm(this.#resolveSession(ref), ref);
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

  #resolveSession({ id }: SessionRef): OpenSession {
    const opened = this.#sessions.get(id) ?? { forms: new Map(), heads: new Map() };
    this.#sessions.set(id, opened);
    return opened;
  }

  /** The native session as this thread sees it, read from its address when it is met for the first time. */
  #resolveForm({ forms }: OpenSession, { address }: SessionRef): OrtSession {
    const known = forms.get(address);
    if (known) return known;
    // SAFETY: the backend releases a session only after its last run, and tells every Worker to forget it before.
    const session = new OrtSession(this.#ort, parseAddress(address), this.#memoryInfo);
    forms.set(address, session);
    return session;
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

  /** What its runs have used of the arena goes back too. */
  release({ addresses, mapped }: Pick<ReleaseRequest, "addresses" | "mapped">): WorkerReply {
    for (const address of addresses) this.#ort.functions.ReleaseSession(parseAddress(address));
    if (mapped) this.#cpuModels?.release(mapped);
    return this.shrink();
  }

  shrink(): WorkerReply {
    if (this.#cpuModels !== undefined) {
      this.#arena ??= new ArenaShrinker(this.#ort, this.#environment, this.#memoryInfo);
      this.#arena.shrink();
    }
    this.#process.trimMemory();
    return { kind: "done" };
  }

  stop(): WorkerReply {
    this.#arena?.release();
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
