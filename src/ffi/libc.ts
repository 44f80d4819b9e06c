// The few calls of the C library that a process makes about itself. Opened at the first call, on Linux with glibc;
// elsewhere Node's own calls do what they can.
import { setPriority } from "node:os";
import { dlopen, FFIType } from "bun:ffi";

/** `<linux/prctl.h>`, `<bits/signum-generic.h>`, `<bits/resource.h>`. */
const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;
const PRIO_PROCESS = 0;

const SYMBOLS = {
  // int prctl(int option, unsigned long arg2, ...): arguments after `option` travel in registers as if they were named.
  prctl: { args: [FFIType.i32, FFIType.u64, FFIType.u64, FFIType.u64, FFIType.u64], returns: FFIType.i32 },
  // pid_t getppid(void)
  getppid: { args: [], returns: FFIType.i32 },
  // int setpriority(int which, id_t who, int prio)
  setpriority: { args: [FFIType.i32, FFIType.u32, FFIType.i32], returns: FFIType.i32 },
} as const;

export interface OwnProcess {
  /** The kernel kills this process when the THREAD that spawned it ends, whatever this process is doing. False: refused. */
  setDeathWithParent(): boolean;
  /** Asked of the kernel: changes when the parent has died and another process adopted this one. */
  readParentPid(): number;
  /** Nice value of the calling thread and of threads it starts later (0 to 19; higher yields more). False: refused. */
  setNiceness(niceness: number): boolean;
}

/** Opens the C library. Throws on a Linux without glibc. The library stays open for as long as the result is reachable. */
export function openOwnProcess(): OwnProcess {
  if (process.platform !== "linux") return createPortableProcess();
  const library = dlopen("libc.so.6", SYMBOLS);
  // SAFETY: the functions are good while `library` is reachable, so they are called through it.
  return {
    setDeathWithParent: () => library.symbols.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) === 0,
    readParentPid: () => library.symbols.getppid(),
    setNiceness: (niceness) => library.symbols.setpriority(PRIO_PROCESS, 0, niceness) === 0,
  };
}

/** macOS and Windows kill no child when its parent dies: its closed channel has to tell it. */
function createPortableProcess(): OwnProcess {
  return {
    setDeathWithParent: () => false,
    readParentPid: () => process.ppid,
    setNiceness: (niceness) => {
      try {
        setPriority(niceness);
        return true;
      } catch {
        return false;
      }
    },
  };
}
