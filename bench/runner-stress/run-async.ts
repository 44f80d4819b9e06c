// The design that was not chosen: `RunAsync` from the one thread, its callback coming from the library's threads.
// Each run in flight has argument arrays, buffers and run options of its own.
import { JSCallback, linkSymbols, read } from "bun:ffi";
import { createTokenTensors, resolveGrid, resolveTokenInputs } from "../../src/backends/onnx/token-inputs.ts";
import type { TokenInputs } from "../../src/backends/onnx/token-inputs.ts";
import {
  checkedPointer, createCString, createNativeBuffer, createNativeView, readPointer, writePointers,
} from "../../src/ffi/memory.ts";
import type { Address, NativeBuffer } from "../../src/ffi/memory.ts";
import { openOrt } from "../../src/ffi/ort/api.ts";
import type { Ort } from "../../src/ffi/ort/api.ts";
import { elementType, tensorBytes } from "../../src/ffi/ort/elements.ts";
import {
  createCpuMemoryInfo, createEnvironment, createRunOptions, createSession,
} from "../../src/ffi/ort/environment.ts";
import { OrtSession } from "../../src/ffi/ort/session.ts";
import type { TensorInput } from "../../src/ffi/ort/session.ts";
import { readTensorInfo } from "../../src/ffi/ort/value-info.ts";
import { applyHead } from "../../src/heads/apply-head.ts";
import type { TokenBatch } from "../../src/tensor.ts";
import { HEAD } from "./workload.ts";
import type { Design } from "./workload.ts";

const RUN_ASYNC_SLOT = 260;
const AT_ONCE = 4;

interface Slot {
  tokens: TokenInputs;
  runOptions: Address;
  inputs: NativeBuffer;
  outputs: NativeBuffer;
  values: Address[];
  batch: TokenBatch | undefined;
  finish: ((status: Address | null) => void) | undefined;
}

/** `intra_op` is one more than the cores: the calling thread does no work. */
export async function openRunAsync(libraryPath: string, graphFile: string, cores: number): Promise<Design> {
  const ort = openOrt(libraryPath);
  const environment = createEnvironment(ort);
  const memoryInfo = createCpuMemoryInfo(ort);
  const address = createSession(ort, environment, graphFile, { intraOpThreads: cores + 1 });
  const session = new OrtSession(ort, address, memoryInfo);
  const runAsync = linkRunAsync(libraryPath);
  const names = [...session.inputs, ...session.outputs.slice(0, 1)].map(({ name }) => createCString(name));
  const inputNames = createNativeBuffer(session.inputs.length * 8);
  const outputNames = createNativeBuffer(8);
  writePointers(inputNames, names.slice(0, -1).map((name) => name.address));
  writePointers(outputNames, names.slice(-1).map((name) => name.address));

  const slots: Slot[] = Array.from({ length: AT_ONCE }, () => ({
    tokens: resolveTokenInputs(session.inputs),
    runOptions: createRunOptions(ort).address,
    inputs: createNativeBuffer(session.inputs.length * 8),
    outputs: createNativeBuffer(8),
    values: [], batch: undefined, finish: undefined,
  }));
  // SAFETY: held by the returned object until `close`, after the last run.
  const callback = new JSCallback(
    (slot: number, _outputs: Address, _count: bigint, status: Address | null) => slots[slot - 1]?.finish?.(status),
    { args: ["ptr", "ptr", "u64", "ptr"], returns: "void", threadsafe: true },
  );
  const keepAlive = { names, inputNames, outputNames, callback };

  const run = (batch: TokenBatch): Promise<Float32Array> => {
    const index = slots.findIndex((slot) => slot.finish === undefined);
    const slot = slots[index];
    if (!slot) return Promise.reject(new RangeError("more runs at once than slots"));
    const { promise, resolve, reject } = Promise.withResolvers<Float32Array>();
    slot.batch = batch;
    const tensors = createTokenTensors(slot.tokens, batch, resolveGrid(slot.tokens, batch));
    slot.values = tensors.map((tensor) => createValue(ort, memoryInfo, tensor));
    writePointers(slot.inputs, slot.values);
    writePointers(slot.outputs, [null]);
    slot.finish = (status) => {
      slot.finish = undefined;
      try {
        ort.check(status);
        resolve(readVector(ort, slot));
      } catch (error) {
        reject(error);
      } finally {
        releaseValues(ort, slot);
      }
    };
    const status = runAsync(
      address, slot.runOptions, keepAlive.inputNames.address, slot.inputs.address, slot.values.length,
      keepAlive.outputNames.address, 1, slot.outputs.address, keepAlive.callback.ptr as Address, index + 1,
    );
    if (status !== null) slot.finish(status);
    return promise;
  };
  return { run, close: async () => keepAlive.callback.close() };
}

type RunAsync = (...args: (Address | number)[]) => Address | null;

function linkRunAsync(libraryPath: string): RunAsync {
  const ort = openOrt(libraryPath);
  const ptr = read.ptr(ort.table, RUN_ASYNC_SLOT * 8) as Address;
  const args = ["ptr", "ptr", "ptr", "ptr", "u64", "ptr", "u64", "ptr", "ptr", "ptr"] as const;
  return linkSymbols({ RunAsync: { ptr, args, returns: "ptr" } }).symbols.RunAsync as unknown as RunAsync;
}

function createValue(ort: Ort, memoryInfo: Address, { dtype, dims, buffer }: TensorInput): Address {
  const shape = createNativeBuffer(dims.length * 8);
  dims.forEach((dim, i) => shape.view.setBigInt64(i * 8, BigInt(dim), true));
  // SAFETY: the buffer belongs to the slot's inputs, which grow only when no run of the slot is in flight.
  ort.check(ort.functions.CreateTensorWithDataAsOrtValue(
    memoryInfo, buffer.address, tensorBytes(dtype, dims), shape.address, dims.length, elementType(dtype),
    ort.out.address,
  ));
  return checkedPointer(ort.out);
}

function readVector(ort: Ort, { outputs, batch }: Slot): Float32Array {
  const value = checkedPointer(outputs);
  ort.check(ort.functions.GetTensorTypeAndShape(value, ort.out.address));
  const info = checkedPointer(ort.out);
  const { dims } = readTensorInfo(ort, info);
  ort.functions.ReleaseTensorTypeAndShapeInfo(info);
  ort.check(ort.functions.GetTensorMutableData(value, ort.out.address));
  // SAFETY: the view dies before `releaseValues`.
  const data = new Float32Array(createNativeView(checkedPointer(ort.out), tensorBytes("float32", dims)));
  const result = applyHead(HEAD, { dims, data }, batch ?? { lengths: new Int32Array() });
  if (result.kind !== "dense") throw new TypeError(`found a ${result.kind} result`);
  return result.data;
}

function releaseValues(ort: Ort, slot: Slot): void {
  const output = readPointer(slot.outputs);
  for (const value of [...slot.values, ...(output === null ? [] : [output])]) ort.functions.ReleaseValue(value);
  slot.values = [];
}
