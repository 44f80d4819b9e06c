// What the file system says while the store is written, in the words that a person needs: path, what was found, what to do.
import { findErrorCode, TermiteError } from "../../errors.ts";

const DENIED: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
};
const FULL: Readonly<Record<string, string>> = {
  ENOSPC: "no space is left on the file system",
  EDQUOT: "the disk quota is used up",
};

const ANOTHER_FOLDER = "Run it as the user who owns the folder, or set plugins_dir to a folder that you can write to";

/** `plugins_not_writable` and `disk_full` of what the system says; any other error as it is. */
export function resolveStoreError(error: unknown, pluginsDir: string): unknown {
  const code = error instanceof TermiteError ? "" : (findErrorCode(error) ?? "");
  const denied = DENIED[code];
  if (denied !== undefined) return createNotWritable(pluginsDir, denied, error);
  const full = FULL[code];
  if (full === undefined) return error;
  const hint = "Free some space (termite plugin gc removes what no plugin uses), or set plugins_dir to another file system";
  return new TermiteError("disk_full", `Cannot write to "${pluginsDir}": ${full}`, { hint, cause: error });
}

export function createNotWritable(pluginsDir: string, found: string, cause?: unknown): TermiteError {
  const options = { hint: ANOTHER_FOLDER, cause };
  return new TermiteError("plugins_not_writable", `Cannot change the plugins in "${pluginsDir}": ${found}`, options);
}

/** Runs `body`; what the system refuses below `pluginsDir` is thrown as one clear error. */
export async function withStoreErrors<T>(pluginsDir: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw resolveStoreError(error, pluginsDir);
  }
}
