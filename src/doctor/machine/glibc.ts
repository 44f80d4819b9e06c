// The C library: the engines inside are made for glibc of at least the version that their symbols name.
import type { Platform } from "../../plugins/detect/platform.ts";
import type { Verdict } from "../finding.ts";
import { isOlder } from "./is-older.ts";

/** `GLIBC_2.28` is the newest version that an embedded library asks for (libonnxruntime 1.30.0). */
export const LEAST_GLIBC = "2.28";

export interface GlibcFacts {
  platform: Platform;
  /** "2.36"; absent where it cannot be told. */
  version?: string | undefined;
  /** The files looked at are those of a tree that stands for a machine. */
  isReplaced: boolean;
}

export function resolveGlibc({ platform, version, isReplaced }: GlibcFacts): Verdict {
  if (platform.os !== "linux") return { status: "ok", found: `not used on ${platform.os}` };
  if (platform.libc === "musl") {
    return {
      status: "fail",
      found: "this system uses musl",
      needed: `glibc ${LEAST_GLIBC} or newer`,
      remedy: "Use a system with glibc, such as Debian, Ubuntu or Fedora",
    };
  }
  if (version === undefined) {
    if (isReplaced) return { status: "ok", found: "no C library in the tree of TERMITE_SYSTEM_ROOT" };
    const needed = `glibc ${LEAST_GLIBC} or newer`;
    return { status: "warn", found: "found no version of glibc", needed, remedy: "ldd --version" };
  }
  if (!isOlder(version, LEAST_GLIBC)) return { status: "ok", found: `glibc ${version}` };
  return {
    status: "fail",
    found: `glibc ${version}`,
    needed: `glibc ${LEAST_GLIBC} or newer`,
    remedy: "Use a newer release of this system",
  };
}
