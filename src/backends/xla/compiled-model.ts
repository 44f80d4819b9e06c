// Inside the Worker that compiles: one model, its weights on the device, and every program that was made of it.
import { createHash } from "node:crypto";
import { NativeError, TermiteError } from "../../errors.ts";
import { resolveNativeBuffer } from "../../ffi/memory.ts";
import type { PjrtBuffer } from "../../ffi/pjrt/buffer.ts";
import type { PjrtClient } from "../../ffi/pjrt/client.ts";
import type { PjrtExecutable } from "../../ffi/pjrt/executable.ts";
import type { Head } from "../../heads/head.ts";
import type { Tensor } from "../../tensor.ts";
import { loadFailure, resolveCellInputs } from "../token-cells.ts";
import type { CellInput, GraphInput } from "../token-cells.ts";
import { createFeedTensors } from "../tensor-feeds.ts";
import { findDType, resolveDType } from "./element-dtypes.ts";
import type { ExecutableStore } from "./executable-store.ts";
import { listHeadWeights } from "./heads/steps.ts";
import type { ConvertRequest, HostTensor, PreparedModel, ProgramArgument } from "./program.ts";
import type { ArgumentSource, BucketShape, CompileRequest, XlaReply } from "./protocol.ts";

export interface CompiledModelOptions {
  client: PjrtClient;
  model: PreparedModel;
  store: ExecutableStore;
}

interface HeadWeights {
  head: Head;
  buffers: Map<string, PjrtBuffer>;
}

export class CompiledModel {
  readonly inputs: readonly GraphInput[];
  readonly #options: CompiledModelOptions;
  readonly #weights = new Map<string, PjrtBuffer>();
  readonly #heads = new Map<number, HeadWeights>();
  readonly #executables = new Set<PjrtExecutable>();
  /** The last shapes of `runTensors`. */
  readonly #tensorPrograms = new Map<string, { executable: PjrtExecutable; text: string }>();

  constructor(options: CompiledModelOptions) {
    this.#options = options;
    this.inputs = options.model.inputs.map(({ name, type, dims = [] }) => {
      return { name, dtype: findDType(type), dims: dims.map((dim) => (typeof dim === "number" ? dim : -1)) };
    });
  }

  /** What the model's text programs take, for one shape. */
  createRequest({ batch, length }: BucketShape): ConvertRequest {
    return { shapes: Object.fromEntries(this.inputs.map(({ name }) => [name, [batch, length]])) };
  }

  /** The program of one bucket: from the disk as it is there, or compiled. */
  compile({ shape, headId, head: newHead, hasPoolFrom, isFresh }: CompileRequest, id: number): XlaReply {
    const { model, store } = this.#options;
    if (newHead) this.#heads.set(headId, { head: newHead, buffers: new Map() });
    const known = this.#heads.get(headId);
    if (known === undefined) throw new TypeError("Cannot compile a program: its head was never sent");
    const program = model.convert({ ...this.createRequest(shape), head: known.head, hasPoolFrom });
    const [output] = program.outputs;
    if (output === undefined) throw new TypeError("Cannot compile a program: found no output");
    const sources = program.arguments.map((argument) => this.#resolveSource(argument, known));
    // On the device now: what was computed on the host for them may go.
    model.releaseWeights();
    const ref = { id, shape, arguments: sources, outputDims: output.dims, headKind: known.head.kind };
    const serialized = isFresh ? undefined : store.find(program.text);
    if (serialized) return { kind: "stored", program: { ...ref, address: 0, sizeBytes: serialized.length }, serialized };
    const { executable, sizeBytes } = store.compile(program.text);
    this.#executables.add(executable);
    return { kind: "compiled", program: { ...ref, address: executable.address, sizeBytes } };
  }

  #resolveSource(argument: ProgramArgument, head: HeadWeights): ArgumentSource {
    if (argument.kind === "weight") return { kind: "weight", address: this.#resolveWeight(argument.name, head).address };
    if (argument.name === "head:lengths") return { kind: "lengths" };
    if (argument.name === "head:pool_from") return { kind: "pool-from" };
    return { kind: "cells", ...this.#resolveCell(argument.name) };
  }

  #resolveCell(name: string): CellInput {
    const { inputs } = resolveCellInputs(this.inputs);
    const cell = inputs[this.inputs.findIndex((input) => input.name === name)];
    if (cell === undefined) throw new TypeError(`Cannot fill a program: the model has no input "${name}"`);
    return cell;
  }

  /** One device copy for all programs; those of a head for all programs with it. */
  #resolveWeight(name: string, head?: HeadWeights): PjrtBuffer {
    const own = head?.buffers.get(name) ?? this.#weights.get(name);
    if (own !== undefined) return own;
    const ofHead = head && listHeadWeights(head.head).get(name);
    const tensor = ofHead ?? this.#options.model.weights.get(name);
    if (tensor === undefined) throw new TypeError(`Cannot fill a program: the model has no weight "${name}"`);
    const buffer = uploadWeight(this.#options.client, tensor);
    (ofHead && head ? head.buffers : this.#weights).set(name, buffer);
    return buffer;
  }

  /** Named inputs to all outputs, for conformance: compiles for each new set of shapes. */
  runTensors(feeds: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
    const { model, client } = this.#options;
    const tensors = createFeedTensors(this.inputs, feeds);
    const shapes = Object.fromEntries(this.inputs.map(({ name }, i) => [name, tensors[i]?.dims ?? []]));
    const program = model.convert({ shapes });
    const executable = this.#resolveTensorProgram(program.text);
    const own: PjrtBuffer[] = [];
    try {
      const inputs = program.arguments.map((argument) => {
        if (argument.kind === "weight") return this.#resolveWeight(argument.name);
        const tensor = tensors[this.inputs.findIndex(({ name }) => name === argument.name)];
        if (tensor === undefined) throw new TypeError(`Cannot fill a program: the model has no input "${argument.name}"`);
        const buffer = client.upload(tensor);
        own.push(buffer);
        return buffer;
      });
      const outputs = executable.execute(inputs);
      own.push(...outputs);
      return Object.fromEntries(program.outputs.map(({ name, type, dims }, i) => {
        return [name, { dtype: resolveDType(type), dims, data: readBytes(outputs[i]) }];
      }));
    } finally {
      own.forEach((buffer) => buffer.close());
    }
  }

  #resolveTensorProgram(text: string): PjrtExecutable {
    const key = createHash("sha256").update(text).digest("hex");
    const known = this.#tensorPrograms.get(key);
    if (known !== undefined) return known.executable;
    const [oldest] = this.#tensorPrograms;
    if (oldest !== undefined && this.#tensorPrograms.size >= KEPT_TENSOR_PROGRAMS) {
      this.#tensorPrograms.delete(oldest[0]);
      oldest[1].executable.close();
    }
    const { executable } = this.#options.store.compile(text);
    this.#tensorPrograms.set(key, { executable, text });
    return executable;
  }

  /** Frees the device's memory. Nobody may borrow anything of it any more. */
  close(): void {
    for (const { executable } of this.#tensorPrograms.values()) executable.close();
    for (const executable of this.#executables) executable.close();
    for (const { buffers } of this.#heads.values()) buffers.forEach((buffer) => buffer.close());
    for (const buffer of this.#weights.values()) buffer.close();
  }
}

const KEPT_TENSOR_PROGRAMS = 4;

/**
 * The host's memory is copied: a device buffer over a mapped file would change with the file, and end the process when the
 * file is cut.
 */
function uploadWeight(client: PjrtClient, { type, dims, bytes }: HostTensor): PjrtBuffer {
  const aligned = bytes.buffer instanceof ArrayBuffer ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) : undefined;
  return client.upload({ dtype: resolveDType(type), dims, buffer: resolveNativeBuffer(aligned ?? new Uint8Array(bytes)) });
}

function readBytes(buffer: PjrtBuffer | undefined): Uint8Array {
  if (buffer === undefined) throw new TypeError("Cannot read a result: the program gave none");
  return buffer.read().bytes.subarray(0, buffer.sizeBytes);
}

/** "Cannot read the model: …", "Cannot convert the model: …": one prefix, by which the runner puts in the model's name. */
const PREFIX = /^Cannot (?:read|convert) the model: /;

/** The plugin's and the converter's words in those of a backend. */
export function explainFailure(error: unknown): unknown {
  if (error instanceof NativeError) return loadFailure(`XLA refuses its program: ${shorten(error.message)}`, error);
  if (!(error instanceof TermiteError) || !PREFIX.test(error.message)) return error;
  const { code, hint, details } = error;
  return new TermiteError(code, error.message.replace(PREFIX, "Cannot load model: "), { hint, details, cause: error });
}

/** What MLIR says first is the reason; the program's text follows it. */
function shorten(words: string): string {
  const [first = ""] = words.replace(/^-:\d+:\d+: error: /, "").split(/\n|\s(?=<unknown>:|-:\d+:\d+: )/);
  return first.length > MOST_WORDS ? `${first.slice(0, MOST_WORDS)}…` : first;
}

const MOST_WORDS = 300;
