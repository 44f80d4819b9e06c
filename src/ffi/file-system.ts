// The calls of the C library about files that Node has none of: locks that the kernel drops when their holder dies, and
// the exchange of two names in one step. Linux with glibc only; opened at the first call.
import { dlopen, FFIType, read } from "bun:ffi";
import { NativeError } from "../errors.ts";
import { createCString } from "./memory.ts";
import type { Address } from "./memory.ts";

/** `<sys/file.h>`, `<fcntl.h>`, `<linux/fs.h>`, `<asm-generic/errno*.h>`. */
const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
const LOCK_UN = 8;
const AT_FDCWD = -100;
const RENAME_EXCHANGE = 2;
const EWOULDBLOCK = 11;
/** ENOSYS, EINVAL, EOPNOTSUPP: the kernel or the file system cannot exchange. */
const UNSUPPORTED = [38, 22, 95];

/** `<asm/unistd_64.h>`, `<asm-generic/unistd.h>`: glibc older than 2.28 has no name for it. */
const SYS_RENAMEAT2 = { x64: 316, arm64: 276 };

/** The C library's name has underscores of its own. */
const ERRNO_LOCATION = "__errno_location";

const SYMBOLS = {
  // int flock(int fd, int operation)
  flock: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  // long syscall(long number, ...): renameat2's five travel in registers as if they were named.
  syscall: {
    args: [FFIType.i64, FFIType.i32, FFIType.ptr, FFIType.i32, FFIType.ptr, FFIType.u32],
    returns: FFIType.i64_fast,
  },
  // int* __errno_location(void)
  [ERRNO_LOCATION]: { args: [], returns: FFIType.ptr },
} as const;

export type LockKind = "shared" | "exclusive";

export interface FileSystem {
  /**
   * Locks the open file (flock(2)) without waiting, or turns the lock that it has into this kind. False: somebody else
   * holds it. The lock is the open file's: closing it ends the lock, and so does the end of the process.
   */
  lock(fd: number, kind: LockKind): boolean;
  /** At once. Closing alone may be late: a child has the open file too until it runs its own program. */
  unlock(fd: number): void;
  /** Lets two paths of one file system trade places in one step. False: it cannot be done here. */
  exchange(one: string, other: string): boolean;
}

/** The library stays open for as long as the result is reachable. Throws where there is no glibc. */
export function openFileSystem(): FileSystem {
  const library = dlopen("libc.so.6", SYMBOLS);
  // SAFETY: the functions are good while `library` is reachable, so they are called through it. `errno` is this thread's
  // own, and nothing is called in between.
  const readErrno = (): number => read.i32(library.symbols[ERRNO_LOCATION]() as Address, 0);
  return {
    lock(fd, kind) {
      const status = library.symbols.flock(fd, (kind === "shared" ? LOCK_SH : LOCK_EX) | LOCK_NB);
      if (status === 0) return true;
      const errno = readErrno();
      if (errno === EWOULDBLOCK) return false;
      throw new NativeError("libc", errno, `Cannot lock a file: flock failed with errno ${errno}`);
    },
    unlock(fd) {
      if (library.symbols.flock(fd, LOCK_UN) === 0) return;
      const errno = readErrno();
      throw new NativeError("libc", errno, `Cannot unlock a file: flock failed with errno ${errno}`);
    },
    exchange(one, other) {
      const number = process.arch === "arm64" ? SYS_RENAMEAT2.arm64 : SYS_RENAMEAT2.x64;
      const [from, to] = [createCString(one), createCString(other)];
      // SAFETY: the kernel copies both names before it returns.
      const { syscall } = library.symbols;
      const status = syscall(number, AT_FDCWD, from.address, AT_FDCWD, to.address, RENAME_EXCHANGE);
      if (Number(status) === 0) return true;
      const errno = readErrno();
      if (UNSUPPORTED.includes(errno)) return false;
      throw new NativeError("libc", errno, `Cannot exchange two folders: renameat2 failed with errno ${errno}`);
    },
  };
}
