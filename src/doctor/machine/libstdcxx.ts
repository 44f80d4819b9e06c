// The C++ library, which the engines take from the system: there, and new enough.
import { isAtLeast } from "../../version-order.ts";
import type { Verdict } from "../finding.ts";

/** `GLIBCXX_3.4.22` is the newest version that an embedded library asks for (libonnxruntime 1.30.0, PJRT CPU 0.115). */
const LEAST_GLIBCXX = "3.4.22";

export interface LibstdcxxFacts {
  os: string;
  /** The files looked at are those of a tree that stands for a machine. */
  isReplaced: boolean;
  /** Absolute path of the file; absent when there is none. */
  path?: string | undefined;
  /** The newest `GLIBCXX_` version in it: "3.4.30". */
  newest?: string | undefined;
}

const NEEDED = `libstdc++.so.6 with GLIBCXX_${LEAST_GLIBCXX}`;

export function resolveLibstdcxx({ os, isReplaced, path, newest }: LibstdcxxFacts): Verdict {
  if (os !== "linux") return { status: "ok", found: `not used on ${os}` };
  if (path === undefined) {
    if (isReplaced) return { status: "ok", found: "no C++ library in the tree of TERMITE_SYSTEM_ROOT" };
    return {
      status: "fail",
      found: '"libstdc++.so.6" is not installed',
      needed: NEEDED,
      remedy: 'Install it: "apt-get install libstdc++6" or "dnf install libstdc++"',
    };
  }
  if (newest === undefined) {
    const remedy = "Reinstall the package that holds it";
    return { status: "warn", found: `"${path}" names no version`, needed: NEEDED, remedy };
  }
  const found = `${path}, GLIBCXX_${newest}`;
  if (isAtLeast(newest, LEAST_GLIBCXX)) return { status: "ok", found };
  return { status: "fail", found, needed: NEEDED, remedy: "Use a newer release of this system" };
}
