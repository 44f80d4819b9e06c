// Finds out whether the file system of a path forbids mapping code ("noexec"), before dlopen fails obscurely.
import { readFile, realpath } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { TermiteError } from "../errors.ts";
import { isMissing } from "./file-errors.ts";

export interface Mount {
  mountPoint: string;
  options: readonly string[];
}

/**
 * Lines of /proc/self/mountinfo (proc(5)): `36 35 98:0 /mnt1 /mnt2 rw,noexec master:1 - ext3 /dev/root rw`.
 * Field 5 is the mount point (space, tab, newline and backslash in octal), field 6 the options of this mount.
 */
export function parseMountInfo(text: string): Mount[] {
  return text.split("\n").flatMap((line) => {
    const [, , , , mountPoint, options] = line.split(" ");
    if (mountPoint === undefined || options === undefined) return [];
    const unescaped = mountPoint.replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    return [{ mountPoint: unescaped, options: options.split(",") }];
  });
}

/** The mount that holds an absolute path: the longest mount point above it, of equals the last (it is on top). */
export function findMount(mounts: readonly Mount[], path: string): Mount | undefined {
  const holds = ({ mountPoint }: Mount) =>
    mountPoint === "/" || path === mountPoint || path.startsWith(`${mountPoint}/`);
  return mounts
    .filter(holds)
    .reduce<Mount | undefined>(
      (best, mount) => (best === undefined || mount.mountPoint.length >= best.mountPoint.length ? mount : best),
      undefined,
    );
}

/** Throws `noexec_mount` when libraries below `folder`, which need not exist yet, could not be loaded. */
export async function checkExecutable(folder: string, name: string, mounts?: readonly Mount[]): Promise<void> {
  const mount = findMount(mounts ?? (await readMounts()), await resolveExisting(resolve(folder)));
  if (!mount?.options.includes("noexec")) return;
  const found = `the file system at ${JSON.stringify(mount.mountPoint)} is mounted noexec`;
  throw new TermiteError("noexec_mount", `Cannot load "${name}" from ${JSON.stringify(folder)}: ${found}`, {
    hint: "Set TERMITE_HOME (or --home) to a folder on a file system that allows execution",
  });
}

async function readMounts(): Promise<Mount[]> {
  return process.platform === "linux" ? parseMountInfo(await readFile("/proc/self/mountinfo", "utf8")) : [];
}

async function resolveExisting(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isMissing(error) || path === "/") throw error;
    return resolveExisting(dirname(path));
  }
}
