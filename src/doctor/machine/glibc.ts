// The C library: what is inside is made for glibc of at least the version that its symbols name.
import type { Platform } from "../../plugins/detect/platform.ts";
import { isAtLeast } from "../../version-order.ts";
import type { Verdict } from "../finding.ts";

/**
 * The newest `GLIBC_` version that an embedded library asks for: libonnxruntime 1.30.0 on x64, the tokenizers' addon
 * 0.23.2 on arm64, where a weak symbol names 2.30 in a version that the linker refuses to be without.
 */
const LEAST_GLIBC = { x64: "2.28", arm64: "2.30" } as const;

export interface GlibcFacts {
  platform: Platform;
  /** "2.36"; absent where it cannot be told. */
  version?: string | undefined;
  /** The files looked at are those of a tree that stands for a machine. */
  isReplaced: boolean;
}

export function resolveGlibc({ platform, version, isReplaced }: GlibcFacts): Verdict {
  if (platform.os !== "linux") return { status: "ok", found: `not used on ${platform.os}` };
  const floor = LEAST_GLIBC[platform.arch === "arm64" ? "arm64" : "x64"];
  const needed = `glibc ${floor} or newer`;
  if (platform.libc === "musl") {
    const remedy = "Use a system with glibc, such as Debian, Ubuntu or Fedora";
    return { status: "fail", found: "this system uses musl", needed, remedy };
  }
  if (version === undefined) {
    if (isReplaced) return { status: "ok", found: "no C library in the tree of TERMITE_SYSTEM_ROOT" };
    return { status: "warn", found: "found no version of glibc", needed, remedy: "ldd --version" };
  }
  const found = `glibc ${version}`;
  if (isAtLeast(version, floor)) return { status: "ok", found };
  return { status: "fail", found, needed, remedy: "Use a newer release of this system" };
}
