// Which C library the machine has, out of files: no native call, so that it holds for a replaced root too, and for a
// machine on which this program runs through a compatibility layer.
import { findSystemLibrary } from "./library-folders.ts";
import type { System } from "./system.ts";

/** Loaders of musl: `/lib/ld-musl-x86_64.so.1`. */
const MUSL_LOADER = /^ld-musl-.*\.so\.1$/;

/**
 * "2.36", out of `GNU C Library (Debian GLIBC 2.36-9+deb12u10) stable release version 2.36.`; `undefined` without
 * glibc.
 */
export function findGlibcVersion(system: System): string | undefined {
  const path = findSystemLibrary(system, "libc.so.6");
  const bytes = path === undefined ? undefined : system.readBytes(path);
  return bytes === undefined ? undefined : parseGlibcBanner(Buffer.from(bytes).toString("latin1"));
}

/** The banner that every glibc carries as text, which it prints when it is run as a program. */
export function parseGlibcBanner(text: string): string | undefined {
  return /GNU C Library \([^\n)]*\) \w+ release version (\d+\.\d+)/.exec(text)?.[1];
}

/**
 * glibc counts first: a machine that has both (Debian with the package "musl") runs what is made for glibc. `undefined`
 * where neither lies at a usual place (NixOS), and where there is no choice.
 */
export function findLibc(system: System): "glibc" | "musl" | undefined {
  if (system.os !== "linux") return undefined;
  if (findGlibcVersion(system) !== undefined) return "glibc";
  return system.readFolder("/lib").some((name) => MUSL_LOADER.test(name)) ? "musl" : undefined;
}
