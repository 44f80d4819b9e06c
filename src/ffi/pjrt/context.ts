// What the objects of one client share: the client's handle, what is still open, and memory that is used again.
import { createGrowingBuffer, createNativeBuffer } from "../memory.ts";
import type { Address, GrowingBuffer, NativeBuffer } from "../memory.ts";
import type { Pjrt } from "./api.ts";
import { createCompilerInput } from "./compiler-input.ts";
import type { CompilerInput } from "./compiler-input.ts";
import type { Handle } from "./handle.ts";
import type { NativeNamedValues } from "./named-values.ts";
import { createRowMajorLayout } from "./row-major-layout.ts";
import type { RowMajorLayout } from "./row-major-layout.ts";
import { NativeStruct } from "./struct.ts";

export const MAX_RANK = 64;

export interface Closable {
  close(): void;
}

export type Deleter = (owner: Address | null) => void;

export interface ClientContext {
  readonly pjrt: Pjrt;
  readonly client: Handle;
  /** Open ones only: an object takes itself out when it is closed. */
  readonly buffers: Set<Closable>;
  readonly executables: Set<Closable>;
  readonly rowMajor: RowMajorLayout;
  /** SAFETY: made once and used again within single calls; nothing native points at it between calls. */
  readonly dims: NativeBuffer;
  readonly lists: NativeBuffer;
  readonly executeOptions: NativeStruct<"ExecuteOptions">;
  readonly inputs: GrowingBuffer;
  readonly outputs: GrowingBuffer;
  readonly compiler: CompilerInput;
  /** Memory of the caller that native code reads just now. */
  readonly pinned: Set<NativeBuffer>;
  /** Functions that the plugin gave us to free what it serialized. */
  readonly deleters: Map<Address, Deleter>;
  readonly keepAlive: unknown;
}

/** `options`: what the client was created with, kept for as long as it. */
export function createContext(pjrt: Pjrt, client: Handle, options: NativeNamedValues): ClientContext {
  return {
    pjrt, client,
    buffers: new Set(),
    executables: new Set(),
    rowMajor: createRowMajorLayout(MAX_RANK),
    dims: createNativeBuffer(MAX_RANK * 8),
    lists: createNativeBuffer(3 * 8),
    executeOptions: new NativeStruct("ExecuteOptions").set({}),
    inputs: createGrowingBuffer(),
    outputs: createGrowingBuffer(),
    compiler: createCompilerInput(),
    pinned: new Set(),
    deleters: new Map(),
    keepAlive: options,
  };
}

/** Blocks until the event has happened, throws the error that it carries, and destroys it either way. */
export function awaitEvent(pjrt: Pjrt, event: Address | null): void {
  if (event === null) return;
  try {
    pjrt.call("Event_Await", { event });
  } finally {
    pjrt.call("Event_Destroy", { event });
  }
}
