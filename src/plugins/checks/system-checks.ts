// Whether the system can load a plugin: platform, C and C++ library, a file system that lets code run. Pure.
import type { PluginLock } from "../catalog/lock.ts";
import { formatPlatform } from "../detect/platform.ts";
import type { InstallCheck } from "../install/events.ts";
import { isAtLeast } from "../../version-order.ts";
import type { MachineFacts } from "./machine-facts.ts";

const NEWER_SYSTEM = "Use a newer release of this system, or a container with one";

export function checkPlatform({ platform: made }: PluginLock, { platform }: MachineFacts): InstallCheck[] {
  const needed = `${made.os}-${made.arch} with glibc`;
  const check = { name: "platform", found: formatPlatform(platform), needed };
  const isSame = platform.os === made.os && platform.arch === made.arch && platform.libc !== "musl";
  if (isSame) return [{ ...check, ok: true }];
  return [{ ...check, ok: false, remedy: "Use a system with glibc, such as Debian, Ubuntu or Fedora" }];
}

/** Nothing on musl: the platform's check has said so. One that cannot be told stands in nobody's way (NixOS). */
export function checkGlibc({ needs }: PluginLock, { platform, glibc }: MachineFacts): InstallCheck[] {
  if (platform.libc === "musl") return [];
  const needed = `glibc ${needs.glibc} or newer`;
  if (glibc === undefined) return [{ name: "glibc", ok: true, found: "a glibc of unknown version", needed }];
  const check = { name: "glibc", found: `glibc ${glibc}`, needed };
  return [isAtLeast(glibc, needs.glibc) ? { ...check, ok: true } : { ...check, ok: false, remedy: NEWER_SYSTEM }];
}

export function checkLibstdcxx({ needs }: PluginLock, { libstdcxx, isReplaced }: MachineFacts): InstallCheck[] {
  if (needs.glibcxx === undefined) return [];
  const needed = `libstdc++.so.6 with GLIBCXX_${needs.glibcxx}`;
  if (libstdcxx === undefined) return [resolveMissing(needed, isReplaced)];
  const { newestVersion } = libstdcxx;
  if (newestVersion === undefined) {
    const remedy = "Reinstall the package that holds it";
    return [{ name: "libstdc++", ok: false, found: `"${libstdcxx.path}", which names no version`, needed, remedy }];
  }
  const check = { name: "libstdc++", found: `libstdc++.so.6 with GLIBCXX_${newestVersion}`, needed };
  return [isAtLeast(newestVersion, needs.glibcxx) ? { ...check, ok: true } : { ...check, ok: false, remedy: NEWER_SYSTEM }];
}

function resolveMissing(needed: string, isReplaced: boolean): InstallCheck {
  if (isReplaced) return { name: "libstdc++", ok: true, found: "none in the tree of TERMITE_SYSTEM_ROOT", needed };
  const remedy = 'Install it: "apt-get install libstdc++6" or "dnf install libstdc++"';
  return { name: "libstdc++", ok: false, found: 'no "libstdc++.so.6"', needed, remedy };
}

/** `--force` would change nothing: the library itself is asked before it counts, and could not be loaded. */
export function checkExecution(_: PluginLock, { pluginsDir, noexecMount }: MachineFacts): InstallCheck[] {
  if (noexecMount === undefined) return [];
  return [{
    name: "execution", ok: false, isFinal: true,
    found: `"${pluginsDir}" on "${noexecMount}", which is mounted noexec`,
    needed: "a file system that lets code run",
    remedy: "Set TERMITE_PLUGINS_DIR (or --plugins-dir) to a folder on such a file system",
  }];
}
