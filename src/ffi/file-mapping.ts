// A file in memory by its address, for native code of any thread: `Bun.mmap` gives it to the garbage collector of one.
// Linux with glibc only; opened at the first call.
import { closeSync, fstatSync, openSync } from "node:fs";
import { dlopen, FFIType } from "bun:ffi";
import type { Address } from "./memory.ts";
import { parseAddress } from "./memory.ts";

/** `<bits/mman-linux.h>`. */
const PROT_READ = 1;
const MAP_PRIVATE = 2;
const MADV_DONTNEED = 4;

const SYMBOLS = {
  // void* mmap(void* addr, size_t length, int prot, int flags, int fd, off_t offset): an address fits a number, failure is -1.
  mmap: {
    args: [FFIType.u64, FFIType.u64, FFIType.i32, FFIType.i32, FFIType.i32, FFIType.i64],
    returns: FFIType.i64_fast,
  },
  // int munmap(void* addr, size_t length)
  munmap: { args: [FFIType.ptr, FFIType.u64], returns: FFIType.i32 },
  // int madvise(void* addr, size_t length, int advice)
  madvise: { args: [FFIType.ptr, FFIType.u64, FFIType.i32], returns: FFIType.i32 },
} as const;

/** Where a file lies. Plain data: any thread of the process may use it until it is unmapped. */
export interface FileMapping {
  readonly address: Address;
  readonly sizeBytes: number;
}

export interface FileMapper {
  /** The whole file, to be read only: writing ends the process. `undefined` for an empty file and where it cannot be mapped. */
  map(path: string): FileMapping | undefined;
  /** Gives the pages back; those that are touched again are read from the file again. */
  dropPages(mapping: FileMapping): void;
  /** SAFETY: nothing may point into it any more. */
  unmap(mapping: FileMapping): void;
}

/** The library stays open for as long as the result is reachable. Throws where there is no glibc. */
export function openFileMapper(): FileMapper {
  const library = dlopen("libc.so.6", SYMBOLS);
  return {
    map(path) {
      const fd = openSync(path, "r");
      try {
        const { size } = fstatSync(fd);
        // SAFETY: a mapping of its own, which outlives the descriptor. The functions are called through `library`.
        const address = size === 0 ? -1 : Number(library.symbols.mmap(0, size, PROT_READ, MAP_PRIVATE, fd, 0));
        return address === -1 ? undefined : { address: parseAddress(address), sizeBytes: size };
      } finally {
        closeSync(fd);
      }
    },
    dropPages: ({ address, sizeBytes }) => void library.symbols.madvise(address, sizeBytes, MADV_DONTNEED),
    unmap: ({ address, sizeBytes }) => void library.symbols.munmap(address, sizeBytes),
  };
}
