// The machine as the file probes see it: a root, the environment and a few ways to look, none of which throws for what
// is not there. `TERMITE_SYSTEM_ROOT` replaces "/" by a tree that stands for another machine.
import { accessSync, constants, readFileSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { dirname, join, basename, resolve } from "node:path";
import type { Stats } from "node:fs";
import { findErrorCode, TermiteError } from "../../errors.ts";
import { findInside } from "./resolve-inside.ts";

/** "denied": it is there and this user may not open it for reading and writing. */
export type NodeAccess = "absent" | "denied" | "open";

export interface System {
  /** "/" or the folder that stands for it. */
  readonly root: string;
  /** The root is not this machine's: NVML and other native answers would be of the wrong one. */
  readonly isReplaced: boolean;
  readonly os: string;
  readonly arch: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Real path on this machine, links resolved inside the root; `undefined` when it is not there. */
  findPath(path: string): string | undefined;
  /** `undefined` when absent, unreadable or no file. */
  readText(path: string): string | undefined;
  readBytes(path: string): Uint8Array | undefined;
  /** Names in a folder, sorted as people count; empty when absent or unreadable. */
  readFolder(path: string): readonly string[];
  /** Where a link points, as it is written; `undefined` when it is no link that can be read. */
  findLink(path: string): string | undefined;
  /**
   * A character device, and whether it may be opened for reading and writing. It is not opened: opening can hold a
   * device.
   */
  findNode(path: string): NodeAccess;
}

export interface SystemOptions {
  environment: Readonly<Record<string, string>>;
  /** `process.platform` and `process.arch`. */
  platform: { os: string; arch: string };
  /** Instead of `TERMITE_SYSTEM_ROOT` and "/". */
  root?: string;
}

/** `invalid_config` when the root is no folder: an empty machine would be the wrong answer. */
export function createSystem({ environment, platform, root }: SystemOptions): System {
  const named = root ?? environment["TERMITE_SYSTEM_ROOT"] ?? "";
  const top = named === "" ? "/" : resolve(named);
  checkRoot(top, named);
  const isReplaced = top !== "/";
  const findPath = (path: string) => findInside(top, path);
  const findBytes = (path: string) => {
    const real = findPath(path);
    if (real === undefined) return undefined;
    return findOrAbsent(() => (statSync(real).isFile() ? readFileSync(real) : undefined));
  };
  return {
    root: top, isReplaced, ...platform, environment, findPath,
    readText: (path) => findBytes(path)?.toString("utf8"),
    readBytes: findBytes,
    readFolder(path) {
      const real = findPath(path);
      return real === undefined ? [] : sortNames(findOrAbsent(() => readdirSync(real)) ?? []);
    },
    findLink(path) {
      const folder = findPath(dirname(path));
      return folder === undefined ? undefined : findOrAbsent(() => readlinkSync(join(folder, basename(path))));
    },
    findNode(path) {
      const real = findPath(path);
      const stats = real === undefined ? undefined : findOrAbsent(() => statSync(real));
      if (real === undefined || stats === undefined) return "absent";
      return isReplaced ? findStandIn(stats) : findAccess(real, stats);
    },
  };
}

function checkRoot(root: string, named: string): void {
  if (findOrAbsent(() => statSync(root))?.isDirectory() === true) return;
  throw new TermiteError("invalid_config", `Cannot use TERMITE_SYSTEM_ROOT: "${named}" is not a folder`, {
    hint: "Unset TERMITE_SYSTEM_ROOT, or name a folder that stands for \"/\"",
  });
}

function findAccess(real: string, stats: Stats): NodeAccess {
  if (!stats.isCharacterDevice()) return "absent";
  try {
    accessSync(real, constants.R_OK | constants.W_OK);
    return "open";
  } catch (error) {
    if (findErrorCode(error) === undefined) throw error;
    return "denied";
  }
}

/**
 * In a tree that stands for a machine a plain file stands for a device node, because only root can make one and git can
 * hold none; its owner's mode bits speak for the permission, because root is denied nothing.
 */
function findStandIn(stats: Stats): NodeAccess {
  if (stats.isDirectory()) return "absent";
  return (stats.mode & 0o600) === 0o600 ? "open" : "denied";
}

/** The value, or `undefined` where the system refuses (absent, unreadable, gone meanwhile). */
function findOrAbsent<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (findErrorCode(error) === undefined) throw error;
    return undefined;
  }
}

/** "nvidia10" comes after "nvidia9". */
function sortNames(names: readonly string[]): string[] {
  return names.toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));
}
