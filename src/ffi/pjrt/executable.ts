// A compiled program on its device: what it answers, runs, and its serialized form.
import { CFunction, read } from "bun:ffi";
import { createNativeView, readPointer, writePointers } from "../memory.ts";
import type { Address, NativeBuffer } from "../memory.ts";
import { PjrtBuffer, readDims } from "./buffer.ts";
import type { Ownership, TensorShape } from "./buffer.ts";
import { awaitEvent } from "./context.ts";
import type { ClientContext, Closable, Deleter } from "./context.ts";
import { findDType } from "./elements.ts";
import { Handle } from "./handle.ts";

export class PjrtExecutable implements Closable {
  readonly outputCount: number;
  readonly #context: ClientContext;
  readonly #device: Address;
  readonly #loaded: Handle;
  readonly #executable: Handle;

  /**
   * Owns `address` (`PJRT_LoadedExecutable*`) from here on, unless it is borrowed; so does the client, which closes it when
   * it is closed.
   */
  constructor(context: ClientContext, device: Address, address: Address, ownership: Ownership = "owned") {
    const { pjrt } = context;
    this.#context = context;
    this.#device = device;
    this.#loaded = new Handle("executable", address, (executable) => {
      if (ownership === "owned") pjrt.call("LoadedExecutable_Destroy", { executable });
    });
    try {
      const args = pjrt.call("LoadedExecutable_GetExecutable", { loaded_executable: address });
      this.#executable = new Handle("executable", args.checkedPointer("executable"), (executable) => {
        pjrt.call("Executable_Destroy", { executable });
      });
      this.outputCount = this.#readOutputCount();
    } catch (error) {
      this.#loaded.close();
      throw error;
    }
    context.executables.add(this);
  }

  /** `PJRT_LoadedExecutable*`, for another thread to borrow. Throws `TypeError` when closed. */
  get address(): Address {
    return this.#loaded.address;
  }

  /**
   * Runs with one buffer for each parameter and gives the outputs, which are the caller's to close. Blocks until the
   * program has ended. The inputs stay as they are.
   */
  execute(inputs: readonly PjrtBuffer[]): PjrtBuffer[] {
    const { pjrt, lists, executeOptions } = this.#context;
    const values = this.#context.inputs.reserve(inputs.length * 8);
    const outputs = this.#context.outputs.reserve(this.outputCount * 8);
    writePointers(values, inputs.map((input) => input.address));
    writePointers(outputs, Array.from({ length: this.outputCount }, () => null));
    writePointers(lists, [values.address, outputs.address, null]);
    // SAFETY: lists and options belong to the context; the call copies what it needs of them.
    pjrt.call("LoadedExecutable_Execute", {
      executable: this.#loaded.address, options: executeOptions.address, num_devices: 1, num_args: inputs.length,
      argument_lists: listAddress(lists, 0), output_lists: listAddress(lists, 1),
      device_complete_events: listAddress(lists, 2), execute_device: this.#device,
    });
    return this.#awaitResults(outputs, readPointer(lists, 2));
  }

  #awaitResults(outputs: NativeBuffer, event: Address | null): PjrtBuffer[] {
    const addresses = Array.from({ length: this.outputCount }, (_, i) => readPointer(outputs, i));
    const results = addresses.flatMap((address) => (address === null ? [] : [new PjrtBuffer(this.#context, address)]));
    try {
      awaitEvent(this.#context.pjrt, event);
      if (results.length === this.outputCount) return results;
      throw new TypeError(`Cannot run a program: found ${results.length} results, need ${this.outputCount}`);
    } catch (error) {
      results.forEach((result) => result.close());
      throw error;
    }
  }

  /** Element type and shape of each output; `undefined` where the plugin does not say or a type is none of ours. */
  readOutputs(): readonly TensorShape[] | undefined {
    const { pjrt } = this.#context;
    if (!pjrt.has("Executable_OutputElementTypes") || !pjrt.has("Executable_OutputDimensions")) return undefined;
    const executable = this.#executable.address;
    const types = pjrt.call("Executable_OutputElementTypes", { executable }).get("output_types");
    const shapes = pjrt.call("Executable_OutputDimensions", { executable });
    const sizes = readDims(shapes.get("dim_sizes"), this.outputCount);
    const dims = readDims(shapes.get("dims"), sizes.reduce((sum, size) => sum + size, 0));
    const outputs = sizes.flatMap((size, i) => {
      const dtype = types === null ? undefined : findDType(read.i32(types, i * 4));
      return dtype === undefined ? [] : [{ dtype, dims: dims.splice(0, size) }];
    });
    return outputs.length === this.outputCount ? outputs : undefined;
  }

  /** What `client.deserialize` loads, on the same platform and version of the plugin only. */
  serialize(): Uint8Array {
    const { pjrt, deleters } = this.#context;
    const args = pjrt.call("Executable_Serialize", { executable: this.#executable.address });
    const owner = args.get("serialized_executable");
    const deleter = args.checkedPointer("serialized_executable_deleter");
    try {
      const bytes = args.checkedPointer("serialized_bytes");
      // SAFETY: the bytes belong to `owner`, which is deleted after they were copied.
      return new Uint8Array(createNativeView(bytes, args.get("serialized_bytes_size"))).slice();
    } finally {
      resolveDeleter(deleters, deleter)(owner);
    }
  }

  /** Twice is fine. Its outputs live on. */
  close(): void {
    this.#context.executables.delete(this);
    try {
      this.#executable.close();
    } finally {
      this.#loaded.close();
    }
  }

  #readOutputCount(): number {
    try {
      const { address } = this.#executable;
      return this.#context.pjrt.call("Executable_NumOutputs", { executable: address }).get("num_outputs");
    } catch (error) {
      this.#executable.close();
      throw error;
    }
  }
}

const listAddress = (lists: NativeBuffer, index: number): Address => (lists.address + index * 8) as Address;

/** One function for all: the plugin's own, which never changes, would be bound anew for each call. */
function resolveDeleter(deleters: Map<Address, Deleter>, ptr: Address): Deleter {
  const known = deleters.get(ptr);
  if (known !== undefined) return known;
  const bound = CFunction({ ptr, args: ["ptr" /* void* owner */], returns: "void" }) as unknown as Deleter;
  deleters.set(ptr, bound);
  return bound;
}
