// What a Worker does that runs: fills a program's arguments from a batch, executes it and reads what the head needs. Borrows
// client, programs and weights from the Worker that compiles. Blocks while the device works.
import { createGrowingBuffer, parseAddress } from "../../ffi/memory.ts";
import type { GrowingBuffer } from "../../ffi/memory.ts";
import { openPjrt } from "../../ffi/pjrt/api.ts";
import type { HostTensor, PjrtBuffer } from "../../ffi/pjrt/buffer.ts";
import { borrowClient } from "../../ffi/pjrt/client.ts";
import type { PjrtClient } from "../../ffi/pjrt/client.ts";
import type { PjrtExecutable } from "../../ffi/pjrt/executable.ts";
import { NativeError } from "../../errors.ts";
import type { TokenBatch } from "../../tensor.ts";
import { cellBytes, writeCells } from "../token-cells.ts";
import { fillBatch } from "./fill-batch.ts";
import { readHeadResult } from "./head-result.ts";
import type { ArgumentSource, ProgramRef, XlaReply, XlaRequest } from "./protocol.ts";

type JoinRequest = Extract<XlaRequest, { kind: "join" }>;
type LoadRequest = Extract<XlaRequest, { kind: "load" }>;
type RunRequest = Extract<XlaRequest, { kind: "run" }>;

type Argument =
  | { kind: "weight"; buffer: PjrtBuffer }
  | { kind: "batch"; source: Exclude<ArgumentSource, { kind: "weight" }>; memory: GrowingBuffer };

interface Program {
  session: number;
  ref: ProgramRef;
  executable: PjrtExecutable;
  arguments: readonly Argument[];
}

export class ProgramRunner {
  readonly #client: PjrtClient;
  readonly #programs = new Map<number, Program>();
  readonly #output = createGrowingBuffer();

  constructor({ libraryPath, client }: JoinRequest) {
    // SAFETY: the backend lets this Worker stop before the one that owns the client.
    this.#client = borrowClient(openPjrt(libraryPath), parseAddress(client));
  }

  /** The program belongs to this Worker from here on, until the session is forgotten. Throws `NativeError`. */
  load({ session, program, serialized }: LoadRequest): XlaReply {
    const executable = this.#client.deserialize(serialized);
    const loaded = { ...program, address: executable.address };
    this.#add(session, loaded, executable);
    return { kind: "compiled", program: loaded };
  }

  run({ session, program: id, batch, ref }: RunRequest): XlaReply {
    const program = this.#resolveProgram(session, id, ref);
    const { shape, outputDims, headKind } = program.ref;
    const inputs: PjrtBuffer[] = [];
    const outputs: PjrtBuffer[] = [];
    try {
      const full = fillBatch(batch, shape.batch);
      for (const argument of program.arguments) inputs.push(this.#upload(argument, full, program.ref));
      outputs.push(...program.executable.execute(inputs));
      const size = outputDims.reduce((product, dim) => product * dim, 4);
      const memory = outputs[0]?.read(this.#output.reserve(size));
      if (memory === undefined) throw new TypeError("Cannot run model: found no output");
      const data = new Float32Array(memory.bytes.buffer, 0, size / 4);
      return { kind: "result", result: readHeadResult(headKind, { dims: outputDims, data }, batch) };
    } catch (error) {
      if (!(error instanceof NativeError)) throw error;
      throw new NativeError("pjrt", error.nativeStatus, `Cannot run model: ${error.message}`, { cause: error });
    } finally {
      outputs.forEach((buffer) => buffer.close());
      program.arguments.forEach(({ kind }, i) => kind === "batch" && inputs[i]?.close());
    }
  }

  #upload(argument: Argument, batch: TokenBatch, { shape }: ProgramRef): PjrtBuffer {
    if (argument.kind === "weight") return argument.buffer;
    return this.#client.upload(createInput(argument, batch, shape.length));
  }

  #resolveProgram(session: number, id: number, ref: ProgramRef | undefined): Program {
    const known = this.#programs.get(id);
    if (known !== undefined) return known;
    if (ref === undefined) throw new TypeError("Cannot run model: this Worker was never given the program");
    // SAFETY: the backend releases a session only after its last run, and tells every Worker to forget it before.
    return this.#add(session, ref, this.#client.borrowExecutable(parseAddress(ref.address)));
  }

  #add(session: number, ref: ProgramRef, executable: PjrtExecutable): Program {
    const weight = (address: number): PjrtBuffer => this.#client.borrowBuffer(parseAddress(address));
    const sources = ref.arguments.map((source): Argument => {
      return source.kind === "weight"
        ? { kind: "weight", buffer: weight(source.address) }
        : { kind: "batch", source, memory: createGrowingBuffer() };
    });
    const program: Program = { session, ref, executable, arguments: sources };
    this.#programs.set(ref.id, program);
    return program;
  }

  forget(session: number): void {
    for (const [id, program] of this.#programs) {
      if (program.session !== session) continue;
      this.#programs.delete(id);
      program.executable.close();
      for (const argument of program.arguments) if (argument.kind === "weight") argument.buffer.close();
    }
  }

  stop(): XlaReply {
    this.#client.close();
    return { kind: "done" };
  }
}

function createInput({ source, memory }: Extract<Argument, { kind: "batch" }>, batch: TokenBatch, length: number): HostTensor {
  const { lengths, poolFrom } = batch;
  if (source.kind === "cells") {
    const grid = { count: lengths.length, longest: length };
    const buffer = memory.reserve(cellBytes(source, grid));
    writeCells(buffer, source, batch, grid);
    return { dtype: source.dtype, dims: [lengths.length, length], buffer };
  }
  const buffer = memory.reserve(lengths.byteLength);
  const numbers = new Int32Array(buffer.bytes.buffer, 0, lengths.length);
  if (source.kind === "lengths") numbers.set(lengths);
  else if (poolFrom) numbers.set(poolFrom);
  else numbers.fill(0);
  return { dtype: "int32", dims: [lengths.length], buffer };
}
