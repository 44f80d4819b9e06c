// One arena for the runs of all sessions of an environment, and how it gives back what no run uses any more. Each session's
// own would keep the most that its runs ever needed at the same time: of four sessions four times that.
import { checkedPointer, createCString } from "../memory.ts";
import type { Address } from "../memory.ts";
import { NativeError } from "../../errors.ts";
import type { Ort } from "./api.ts";

/** `OrtArenaAllocator`, `OrtMemTypeDefault`. */
const ARENA_ALLOCATOR = 1;
const DEFAULT_MEMORY = 0;

/** For sessions with `sharesArena`. Once an environment; it ends with that. Throws `NativeError`. */
export function registerArena(ort: Ort, environment: Address): void {
  ort.check(ort.functions.CreateCpuMemoryInfo(ARENA_ALLOCATOR, DEFAULT_MEMORY, ort.out.address));
  const memoryInfo = checkedPointer(ort.out);
  try {
    // SAFETY: the library copies `memoryInfo`; without settings of an arena it takes its own.
    ort.check(ort.functions.CreateAndRegisterAllocator(environment, memoryInfo, null));
  } catch (error) {
    // Another backend of this process has done it: there is one environment in a process.
    if (!(error instanceof NativeError) || !error.message.includes("already been registered")) throw error;
  } finally {
    ort.functions.ReleaseMemoryInfo(memoryInfo);
  }
}

/** After a run with these options the arena gives back what is free by then. */
export function setShrinking(ort: Ort, runOptions: Address): void {
  const [key, value] = [createCString("memory.enable_memory_arena_shrinkage"), createCString("cpu:0")];
  // SAFETY: the library copies both strings within the call.
  ort.check(ort.functions.AddRunConfigEntry(runOptions, key.address, value.address));
}
