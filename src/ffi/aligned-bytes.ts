// Memory on a multiple of a block's size, as direct I/O asks for it.
import { createNativeBuffer } from "./memory.ts";

/** Zeroed; lies on a multiple of `alignment`, a power of two. It never moves. */
export function createAlignedBytes(sizeBytes: number, alignment: number): Uint8Array<ArrayBuffer> {
  const { bytes, address } = createNativeBuffer(sizeBytes + alignment);
  const over = Number(address) % alignment;
  return new Uint8Array(bytes.buffer, over === 0 ? 0 : alignment - over, sizeBytes);
}
