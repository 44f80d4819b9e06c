// Opens a shared library for those that are opened after it: `bun:ffi` neither takes flags nor opens without symbols.
import { dlopen } from "bun:ffi";
import { NativeError } from "../errors.ts";
import { createCString, readCString } from "./memory.ts";
import type { Address } from "./memory.ts";

/** `<dlfcn.h>` of glibc. */
const RTLD_NOW = 2;
const RTLD_GLOBAL = 0x100;

const SYMBOLS = {
  dlopen: { args: ["ptr" /* const char* filename */, "i32" /* int flags */], returns: "ptr" },
  dlerror: { args: [], returns: "ptr" /* char* */ },
} as const;

/**
 * Opens the library at an absolute path, symbols visible to all. Whoever needs its SONAME later gets this file,
 * wherever the linker would have looked. It is never closed. Throws `NativeError` with the linker's words, which hold
 * the path.
 */
export function openGlobalLibrary(path: string): void {
  // Older than glibc 2.34, the C library has no dlopen of its own; newer ones find theirs through this name too.
  const linker = dlopen("libdl.so.2", SYMBOLS);
  try {
    const name = createCString(path);
    // SAFETY: the linker copies the name. dlerror's text is its own until the next call, and copied at once.
    if (linker.symbols.dlopen(name.address, RTLD_NOW | RTLD_GLOBAL) !== null) return;
    const words = linker.symbols.dlerror() as Address | null;
    throw new NativeError("linker", -1, words === null ? "no reason given" : readCString(words));
  } finally {
    linker.close();
  }
}

/**
 * Opens each in turn and gives the linker's words for those that cannot be. No failure here is one of the engine: parts of
 * cuDNN want the driver's `libcuda`, and without that the engine itself says that there is no device.
 */
export function openPreloads(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    try {
      openGlobalLibrary(path);
      return [];
    } catch (error) {
      if (!(error instanceof NativeError)) throw error;
      return [error.message];
    }
  });
}
