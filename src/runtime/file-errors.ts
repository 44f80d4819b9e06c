// Turns errno codes met below the home folder into the one message a person needs: path, what was found, what to do.
import { statfs } from "node:fs/promises";
import { formatError, hasErrorCode, TermiteError } from "../errors.ts";

/** The path is not there: nothing of that name, or a file where a folder should be. */
export function isMissing(error: unknown): boolean {
  return hasErrorCode(error, ["ENOENT", "ENOTDIR"]);
}

/** We may not write there. */
export function isDenied(error: unknown): boolean {
  return hasErrorCode(error, ["EACCES", "EPERM", "EROFS"]);
}

export interface FileErrorContext {
  /** What is being extracted. */
  name: string;
  /** The runtime folder. */
  folder: string;
  neededBytes: number;
}

/** In the message and not a hint: scripts that watch a service's log see this failure in one line. */
const ANOTHER_HOME = "set TERMITE_HOME (or --home) to a folder that you can write to";

/** The error to throw for `error`; a TermiteError stays what it is. */
export async function resolveFileError(error: unknown, context: FileErrorContext): Promise<TermiteError> {
  if (error instanceof TermiteError) return error;
  const folder = JSON.stringify(context.folder);
  if (hasErrorCode(error, ["ENOSPC", "EDQUOT"])) return createDiskFull(context, await readFreeBytes(context.folder), error);
  if (isDenied(error)) {
    const found = hasErrorCode(error, ["EROFS"]) ? "the file system is read-only" : "permission denied";
    return new TermiteError("home_not_writable", `Cannot write to ${folder}: ${found}; ${ANOTHER_HOME}`, { cause: error });
  }
  if (hasErrorCode(error, ["ENOTDIR", "EEXIST"])) {
    const message = `Cannot write to ${folder}: a part of this path is a file; ${ANOTHER_HOME}`;
    return new TermiteError("home_not_writable", message, { cause: error });
  }
  const found = formatError(error);
  return new TermiteError("internal", `Cannot extract "${context.name}" to ${folder}: ${found}`, { cause: error });
}

/** The error for what kept an extracted asset from being read. */
export function createUnreadable(error: unknown, folder: string): TermiteError {
  const found = isDenied(error) ? "permission denied" : formatError(error);
  const hint = "Give this user read access, or set TERMITE_HOME (or --home) to another folder";
  return new TermiteError("home_not_readable", `Cannot read ${JSON.stringify(folder)}: ${found}`, { hint, cause: error });
}

/** Throws `disk_full` before the first byte is written where that can be known. */
export async function checkFreeSpace(context: FileErrorContext): Promise<void> {
  const freeBytes = await readFreeBytes(context.folder);
  if (freeBytes < context.neededBytes) throw createDiskFull(context, freeBytes);
}

function createDiskFull(context: FileErrorContext, freeBytes: number, cause?: unknown): TermiteError {
  const { name, folder, neededBytes } = context;
  const found = `${neededBytes} bytes needed, ${freeBytes} free`;
  return new TermiteError("disk_full", `Cannot extract "${name}" to ${JSON.stringify(folder)}: ${found}`, {
    hint: "Free some space, or set TERMITE_HOME (or --home) to a folder on another file system",
    details: { neededBytes, freeBytes },
    cause,
  });
}

async function readFreeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
