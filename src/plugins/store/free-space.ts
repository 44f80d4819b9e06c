// How much can still be written below a path, on the file system that holds it or will hold it.
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { hasErrorCode } from "../../errors.ts";

/** Asks the path itself or the nearest folder above it that is there. */
export async function readFreeBytes(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    const parent = dirname(path);
    if (parent === path || !hasErrorCode(error, ["ENOENT", "ENOTDIR"])) throw error;
    return readFreeBytes(parent);
  }
}
