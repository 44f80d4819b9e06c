// A tensor in a device's memory: uploaded from the host or made by an execution, and read back.
import { read } from "bun:ffi";
import { NativeError } from "../../errors.ts";
import type { DType } from "../../tensor.ts";
import { createNativeBuffer } from "../memory.ts";
import type { Address, NativeBuffer } from "../memory.ts";
import { awaitEvent, MAX_RANK } from "./context.ts";
import type { ClientContext, Closable } from "./context.ts";
import { elementType, findDType, tensorBytes } from "./elements.ts";
import { Handle } from "./handle.ts";
import { HOST_BUFFER_SEMANTICS } from "./layout.ts";

/** `buffer` holds at least the tensor's bytes, row-major. */
export interface HostTensor {
  dtype: DType;
  dims: readonly number[];
  buffer: NativeBuffer;
}

export interface TensorShape {
  dtype: DType;
  dims: readonly number[];
}

/** Whose a native object is: `borrowed` is another thread's, which keeps it until nobody here uses it any more. */
export type Ownership = "owned" | "borrowed";

export class PjrtBuffer implements Closable {
  readonly #context: ClientContext;
  readonly #handle: Handle;
  #shape: TensorShape | undefined;

  /** Owns `address` from here on, unless it is borrowed; so does the client, which closes it when it is closed itself. */
  constructor(context: ClientContext, address: Address, shape?: TensorShape, ownership: Ownership = "owned") {
    this.#context = context;
    this.#handle = new Handle("buffer", address, (buffer) => {
      if (ownership === "owned") context.pjrt.call("Buffer_Destroy", { buffer });
    });
    this.#shape = shape;
    context.buffers.add(this);
  }

  /** `PJRT_Buffer*`. Throws `TypeError` when closed. */
  get address(): Address {
    return this.#handle.address;
  }

  get shape(): TensorShape {
    this.#shape ??= readShape(this.#context, this.address);
    return this.#shape;
  }

  get sizeBytes(): number {
    return tensorBytes(this.shape.dtype, this.shape.dims);
  }

  /**
   * Copies the elements, row-major, into `target` or into new memory, and waits for whatever still computes them: an
   * error of that work is thrown here.
   */
  read(target: NativeBuffer = createNativeBuffer(this.sizeBytes)): NativeBuffer {
    const { pjrt, rowMajor } = this.#context;
    const [size, { dims }] = [this.sizeBytes, this.shape];
    if (target.bytes.length < size) throw tooSmall("read a tensor", target, size);
    // SAFETY: `target` is in use here until the copy is done, which the event says.
    const args = pjrt.call("Buffer_ToHostBuffer", {
      src: this.address, host_layout: rowMajor.resolve(dims.length), dst: target.address, dst_size: size,
    });
    awaitEvent(pjrt, args.get("event"));
    return target;
  }

  /** Frees the device's memory as soon as no execution uses it. Twice is fine. */
  close(): void {
    this.#context.buffers.delete(this);
    this.#handle.close();
  }
}

/** Copies a tensor to `device`. The host's memory is the caller's again when this returns. */
export function uploadTensor(context: ClientContext, device: Address, tensor: HostTensor): PjrtBuffer {
  const { dtype, dims } = tensor;
  const size = tensorBytes(dtype, dims);
  if (dims.length > MAX_RANK) throw new RangeError(`Cannot pass a tensor: found rank ${dims.length}`);
  if (tensor.buffer.bytes.length < size) throw tooSmall("pass a tensor", tensor.buffer, size);
  context.pinned.add(tensor.buffer);
  try {
    return createBuffer(context, device, tensor);
  } finally {
    context.pinned.delete(tensor.buffer);
  }
}

function createBuffer(context: ClientContext, device: Address, { dtype, dims, buffer: host }: HostTensor): PjrtBuffer {
  const { pjrt } = context;
  dims.forEach((dim, i) => context.dims.view.setBigInt64(i * 8, BigInt(dim), true));
  // SAFETY: the dims are copied within the call; `host` is pinned until the event says that it was read.
  const args = pjrt.call("Client_BufferFromHostBuffer", {
    client: context.client.address, data: host.address, type: elementType(dtype),
    dims: context.dims.address, num_dims: dims.length,
    host_buffer_semantics: HOST_BUFFER_SEMANTICS.ImmutableUntilTransferCompletes, device,
  });
  const buffer = new PjrtBuffer(context, args.checkedPointer("buffer"), { dtype, dims: [...dims] });
  try {
    awaitEvent(pjrt, args.get("done_with_host_buffer"));
    return buffer;
  } catch (error) {
    buffer.close();
    throw error;
  }
}

function readShape({ pjrt }: ClientContext, buffer: Address): TensorShape {
  const type = pjrt.call("Buffer_ElementType", { buffer }).get("type");
  const dtype = findDType(type);
  if (dtype === undefined) throw new NativeError("pjrt", -1, `Cannot read a tensor: found element type ${type}`);
  const args = pjrt.call("Buffer_Dimensions", { buffer });
  return { dtype, dims: readDims(args.get("dims"), args.get("num_dims")) };
}

/** Copies `count` numbers. SAFETY: the list belongs to an object that is open over this call. */
export function readDims(address: Address | null, count: number): number[] {
  return Array.from({ length: address === null ? 0 : count }, (_, i) => Number(read.i64(address as Address, i * 8)));
}

const tooSmall = (what: string, found: NativeBuffer, need: number): RangeError =>
  new RangeError(`Cannot ${what}: found ${found.bytes.length} bytes, need ${need}`);
