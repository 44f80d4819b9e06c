// The few calls of the C library that a process makes about itself. Opened at the first call, on Linux with glibc;
// elsewhere Node's own calls do what they can.
import { getPriority, setPriority } from "node:os";
import { dlopen, FFIType } from "bun:ffi";

/** `<linux/prctl.h>`, `<bits/signum-generic.h>`, `<bits/resource.h>`. */
const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;
const PRIO_PROCESS = 0;
const MOST_NICENESS = 19;

const SYMBOLS = {
  // int prctl(int option, unsigned long arg2, ...): arguments after `option` travel in registers as if they were named.
  prctl: { args: [FFIType.i32, FFIType.u64, FFIType.u64, FFIType.u64, FFIType.u64], returns: FFIType.i32 },
  // pid_t getppid(void)
  getppid: { args: [], returns: FFIType.i32 },
  // int setpriority(int which, id_t who, int prio)
  setpriority: { args: [FFIType.i32, FFIType.u32, FFIType.i32], returns: FFIType.i32 },
  // int getpriority(int which, id_t who)
  getpriority: { args: [FFIType.i32, FFIType.u32], returns: FFIType.i32 },
  // int malloc_trim(size_t pad)
  malloc_trim: { args: [FFIType.u64], returns: FFIType.i32 },
} as const;

export interface OwnProcess {
  /** The kernel kills this process when the THREAD that spawned it ends, whatever this process is doing. False: refused. */
  setDeathWithParent(): boolean;
  /** Asked of the kernel: changes when the parent has died and another process adopted this one. */
  readParentPid(): number;
  /** So much nicer than now (19 at most; higher yields more) are the calling thread and those it starts later. False: refused. */
  addNiceness(more: number): boolean;
  /**
   * Gives what native libraries have freed back to the system, of every arena; by itself little goes back (measured: 550 MB
   * stayed of three models that had left, 96 after this). Holds one arena's lock at a time, for 5 to 50 ms after 130 MB.
   */
  trimMemory(): void;
}

/** Opens the C library. Throws on a Linux without glibc. The library stays open for as long as the result is reachable. */
export function openOwnProcess(): OwnProcess {
  if (process.platform !== "linux") return createPortableProcess();
  const library = dlopen("libc.so.6", SYMBOLS);
  // SAFETY: the functions are good while `library` is reachable, so they are called through it.
  return {
    setDeathWithParent: () => library.symbols.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) === 0,
    readParentPid: () => library.symbols.getppid(),
    addNiceness: (more) => {
      const now = library.symbols.getpriority(PRIO_PROCESS, 0);
      return library.symbols.setpriority(PRIO_PROCESS, 0, Math.min(now + more, MOST_NICENESS)) === 0;
    },
    trimMemory: () => void library.symbols.malloc_trim(0),
  };
}

/**
 * macOS and Windows kill no child when its parent dies: its closed channel has to tell it. Their allocators give back by
 * themselves.
 */
function createPortableProcess(): OwnProcess {
  return {
    setDeathWithParent: () => false,
    readParentPid: () => process.ppid,
    trimMemory: () => {},
    addNiceness: (more) => {
      try {
        setPriority(Math.min(getPriority() + more, MOST_NICENESS));
        return true;
      } catch {
        return false;
      }
    },
  };
}
