// The platform that a library has to be made for.
import { findLibc } from "./libc.ts";
import type { System } from "./system.ts";

/** `process.platform`, `process.arch`, and the C library where there is a choice. */
export interface Platform {
  os: string;
  arch: string;
  libc?: "glibc" | "musl" | undefined;
}

/** "linux-x64", "linux-x64 with musl". */
export function formatPlatform({ os, arch, libc }: Platform): string {
  return `${os}-${arch}${libc === "musl" ? " with musl" : ""}`;
}

/** Reads the C library's own file, about two megabytes: ask once. `libc` is `undefined` where it cannot be told. */
export function detectPlatform(system: System): Platform {
  return { os: system.os, arch: system.arch, libc: findLibc(system) };
}
