// Memory that native code and JavaScript share: buffers that never move, C strings, and views of foreign memory.
// A typed array that has no ArrayBuffer of its own yet (up to 1,000 elements) moves when `.buffer`, `.subarray` or
// `postMessage` touches it, while native code keeps the old address: only what is made here may be handed out.
import { CString, ptr, toArrayBuffer } from "bun:ffi";
import type { Pointer } from "bun:ffi";

export type Address = Pointer;

/** An address that another thread sent as a plain number. SAFETY: the sender says how long it is good. */
export const parseAddress = (value: number): Address => value as Address;

/** A view over an ArrayBuffer of its own. The address is good for as long as this object is reachable. */
export interface NativeBuffer {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
  readonly address: Address;
}

/** Zeroed memory, at least eight bytes, so that an empty tensor has an address too. */
export function createNativeBuffer(sizeBytes: number): NativeBuffer {
  const memory = new ArrayBuffer(Math.max(sizeBytes, 8));
  const bytes = new Uint8Array(memory);
  // SAFETY: `bytes` lies over an explicit ArrayBuffer and never moves; the returned object keeps both alive.
  return { bytes, view: new DataView(memory), address: ptr(bytes) };
}

/** Bytes that are there already, a mapped file's for example. The address is good for as long as the result is reachable. */
export function resolveNativeBuffer(bytes: Uint8Array<ArrayBuffer>): NativeBuffer {
  if (bytes.length === 0) return createNativeBuffer(0);
  // Touched first: from here on a short array has an ArrayBuffer of its own and stays where it is.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  // SAFETY: the returned object keeps the array, and that its memory, alive.
  return { bytes, view, address: ptr(bytes) };
}

/** `text` as UTF-8 with its terminating zero. A zero inside would cut it in silence, so it is refused. */
export function createCString(text: string): NativeBuffer {
  if (text.includes("\0")) throw new RangeError("Cannot pass a string to native code: found a zero character");
  const encoded = new TextEncoder().encode(text);
  const buffer = createNativeBuffer(encoded.length + 1);
  buffer.bytes.set(encoded);
  return buffer;
}

/** `path` as native code takes it: UTF-8, on Windows UTF-16 (ONNX Runtime's `ORTCHAR_T`). */
export function createPathString(path: string): NativeBuffer {
  if (process.platform !== "win32") return createCString(path);
  if (path.includes("\0")) throw new RangeError("Cannot pass a path to native code: found a zero character");
  const encoded = Buffer.from(path, "utf16le");
  const buffer = createNativeBuffer(encoded.length + 2);
  buffer.bytes.set(encoded);
  return buffer;
}

/** Copies a zero-terminated UTF-8 string out of native memory. */
export function readCString(address: Address): string {
  return new CString(address).valueOf();
}

/** Writes `addresses` as a C array of pointers. */
export function writePointers(target: NativeBuffer, addresses: readonly (Address | null)[]): void {
  addresses.forEach((address, i) => target.view.setBigUint64(i * 8, BigInt(address ?? 0), true));
}

/** The pointer in slot `index` of an array that native code filled; null for a null pointer. */
export function readPointer(source: NativeBuffer, index = 0): Address | null {
  const value = Number(source.view.getBigUint64(index * 8, true));
  return value === 0 ? null : (value as Address);
}

/** The pointer in slot `index`, where the C contract says that it is never null. */
export function checkedPointer(source: NativeBuffer, index = 0): Address {
  const address = readPointer(source, index);
  if (address === null) throw new TypeError("Cannot use a native handle: found a null pointer");
  return address;
}

/** Native memory without a copy. SAFETY: valid only until its owner frees it; the caller lets no view of it escape. */
export function createNativeView(address: Address, sizeBytes: number): ArrayBuffer {
  return sizeBytes === 0 ? new ArrayBuffer(0) : toArrayBuffer(address, 0, sizeBytes);
}

/** A buffer that grows and is used again. Growing replaces the memory: no native object may point at it then. */
export interface GrowingBuffer {
  reserve(sizeBytes: number): NativeBuffer;
}

export function createGrowingBuffer(): GrowingBuffer {
  let buffer = createNativeBuffer(1024);
  return {
    reserve(sizeBytes) {
      if (sizeBytes > buffer.bytes.length) buffer = createNativeBuffer(2 ** Math.ceil(Math.log2(sizeBytes)));
      return buffer;
    },
  };
}
