// One thread's way to a session that several threads share by its address: its inputs and outputs, and runs.
// The argument arrays of `Run` are made once: made anew for each call, those of failing calls pile up.
import { NativeError } from "../../errors.ts";
import type { DType } from "../../tensor.ts";
import {
  checkedPointer, createCString, createNativeBuffer, createNativeView, readPointer, writePointers,
} from "../memory.ts";
import type { Address, NativeBuffer } from "../memory.ts";
import type { Ort } from "./api.ts";
import { elementType, tensorBytes } from "./elements.ts";
import { readInputs, readOutputs, readTensorInfo } from "./value-info.ts";
import type { ValueInfo } from "./value-info.ts";

/** `buffer` holds at least the tensor's bytes, row-major, and is not written to while the run lasts. */
export interface TensorInput {
  dtype: DType;
  dims: readonly number[];
  buffer: NativeBuffer;
}

/** SAFETY: `memory` is the library's own and dies when the reading callback returns; no view of it may escape. */
export interface TensorOutput {
  name: string;
  dtype: DType;
  dims: readonly number[];
  memory: ArrayBuffer;
}

const MAX_RANK = 64;

export class OrtSession {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly #ort: Ort;
  readonly #address: Address;
  readonly #memoryInfo: Address;
  readonly #inputNames: readonly NativeBuffer[];
  readonly #outputNames: readonly NativeBuffer[];
  readonly #inputNameArray: NativeBuffer;
  readonly #outputNameArray: NativeBuffer;
  readonly #inputArray: NativeBuffer;
  readonly #outputArray: NativeBuffer;
  readonly #dims = createNativeBuffer(MAX_RANK * 8);
  /** SAFETY: a value does not keep the JavaScript memory under it alive; this map does, until `ReleaseValue`. */
  readonly #backing = new Map<Address, NativeBuffer>();

  /** `address` stays its owner's, who releases it after the last run; `memoryInfo` describes CPU memory. */
  constructor(ort: Ort, address: Address, memoryInfo: Address) {
    this.#ort = ort;
    this.#address = address;
    this.#memoryInfo = memoryInfo;
    this.inputs = readInputs(ort, address);
    this.outputs = readOutputs(ort, address);
    this.#inputNames = this.inputs.map((input) => createCString(input.name));
    this.#outputNames = this.outputs.map((output) => createCString(output.name));
    this.#inputNameArray = createNativeBuffer(this.inputs.length * 8);
    this.#outputNameArray = createNativeBuffer(this.outputs.length * 8);
    this.#inputArray = createNativeBuffer(this.inputs.length * 8);
    this.#outputArray = createNativeBuffer(this.outputs.length * 8);
    // SAFETY: the strings live in `#inputNames`, as long as the array that points at them.
    writePointers(this.#inputNameArray, this.#inputNames.map((name) => name.address));
  }

  /**
   * Runs with one tensor for each input, in the session's order, and gives the wanted outputs (by index) to `read`,
   * in place. Blocks the thread. Throws `NativeError`; a terminated run is one too.
   */
  run<T>(
    runOptions: Address,
    inputs: readonly TensorInput[],
    wanted: readonly number[],
    read: (outputs: TensorOutput[]) => T,
  ): T {
    const values: Address[] = [];
    try {
      for (const input of inputs) values.push(this.#createValue(input));
      this.#invoke(runOptions, values, wanted);
      return read(wanted.map((index, i) => this.#readOutput(index, i)));
    } finally {
      this.#releaseOutputs(wanted.length);
      values.forEach((value) => this.#releaseInput(value));
    }
  }

  #invoke(runOptions: Address, values: readonly Address[], wanted: readonly number[]): void {
    writePointers(this.#inputArray, values);
    writePointers(this.#outputNameArray, wanted.map((index) => this.#outputNames[index]?.address ?? null));
    writePointers(this.#outputArray, wanted.map(() => null));
    // SAFETY: all four arrays and the names behind them are fields; the values are released only after the run.
    const status = this.#ort.functions.Run(
      this.#address, runOptions, this.#inputNameArray.address, this.#inputArray.address, values.length,
      this.#outputNameArray.address, wanted.length, this.#outputArray.address,
    );
    this.#ort.check(status);
  }

  #createValue(input: TensorInput): Address {
    const { functions, out } = this.#ort;
    const sizeBytes = tensorBytes(input.dtype, input.dims);
    checkInput(input, sizeBytes);
    input.dims.forEach((dim, i) => this.#dims.view.setBigInt64(i * 8, BigInt(dim), true));
    // SAFETY: the shape is copied within the call; the data is held by `#backing` until `ReleaseValue`.
    this.#ort.check(functions.CreateTensorWithDataAsOrtValue(
      this.#memoryInfo, input.buffer.address, sizeBytes, this.#dims.address, input.dims.length,
      elementType(input.dtype), out.address,
    ));
    const value = checkedPointer(out);
    this.#backing.set(value, input.buffer);
    return value;
  }

  #releaseInput(value: Address): void {
    this.#ort.functions.ReleaseValue(value);
    this.#backing.delete(value);
  }

  #readOutput(index: number, position: number): TensorOutput {
    const { functions, out } = this.#ort;
    const name = this.outputs[index]?.name ?? "";
    const value = checkedPointer(this.#outputArray, position);
    this.#ort.check(functions.IsTensor(value, out.address));
    const isTensor = out.view.getInt32(0, true) !== 0;
    const info = isTensor ? this.#readShape(value) : undefined;
    if (info?.dtype === undefined) throw new NativeError("onnxruntime", -1, `output "${name}" is no tensor of numbers`);
    this.#ort.check(functions.GetTensorMutableData(value, out.address));
    // SAFETY: the data belongs to `value`, which `run` releases after the reading callback has returned.
    const data = readPointer(out);
    const sizeBytes = tensorBytes(info.dtype, info.dims);
    const memory = data === null ? new ArrayBuffer(0) : createNativeView(data, sizeBytes);
    return { name, dtype: info.dtype, dims: info.dims, memory };
  }

  #readShape(value: Address): Omit<ValueInfo, "name"> {
    const { functions, out } = this.#ort;
    this.#ort.check(functions.GetTensorTypeAndShape(value, out.address));
    const info = checkedPointer(out);
    try {
      return readTensorInfo(this.#ort, info);
    } finally {
      functions.ReleaseTensorTypeAndShapeInfo(info);
    }
  }

  /** Also after a failed run: whatever stands in the array then is ours. */
  #releaseOutputs(count: number): void {
    for (let i = 0; i < count; i++) {
      const value = readPointer(this.#outputArray, i);
      if (value !== null) this.#ort.functions.ReleaseValue(value);
    }
    writePointers(this.#outputArray, Array.from({ length: count }, () => null));
  }
}

function checkInput(input: TensorInput, sizeBytes: number): void {
  if (input.dims.length > MAX_RANK) throw new RangeError(`Cannot pass a tensor: found rank ${input.dims.length}`);
  if (input.buffer.bytes.length >= sizeBytes) return;
  throw new RangeError(`Cannot pass a tensor: found ${input.buffer.bytes.length} bytes, need ${sizeBytes}`);
}
