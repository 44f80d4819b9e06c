// The memory layout that we ask for when we read a buffer back. Without one a plugin may answer in the device's own
// layout: libtpu does, and so does every plugin for a program that says so.
import { createNativeBuffer } from "../memory.ts";
import type { Address } from "../memory.ts";
import { BUFFER_MEMORY_LAYOUT_TYPE, STRUCTS } from "./layout.ts";
import { NativeStruct } from "./struct.ts";

export interface RowMajorLayout {
  /** `PJRT_Buffer_MemoryLayout*`. SAFETY: good until the next call of `resolve`, while this object is reachable. */
  resolve(rank: number): Address;
}

export function createRowMajorLayout(maxRank: number): RowMajorLayout {
  // [maxRank - 1, ..., 1, 0]: the list of a smaller rank is its end.
  const minorToMajor = createNativeBuffer(maxRank * 8);
  for (let i = 0; i < maxRank; i++) minorToMajor.view.setBigInt64(i * 8, BigInt(maxRank - 1 - i), true);
  const memory = createNativeBuffer(STRUCTS.Buffer_MemoryLayout.size);
  const layout = new NativeStruct("Buffer_MemoryLayout", { memory });
  const tiled = new NativeStruct("Buffer_MemoryLayout_Tiled", {
    memory, offset: STRUCTS.Buffer_MemoryLayout.fields.tiled[0],
  });
  return {
    resolve(rank) {
      layout.set({ type: BUFFER_MEMORY_LAYOUT_TYPE.Tiled });
      // SAFETY: `minorToMajor` is held by this closure.
      const list = (minorToMajor.address + (maxRank - rank) * 8) as Address;
      tiled.set({ minor_to_major: list, minor_to_major_size: rank });
      return layout.address;
    },
  };
}
