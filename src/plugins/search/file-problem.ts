// What the file system says of a path that cannot be used, in words: to the search it is a reason, never an error.
import { findErrorCode, formatError } from "../../errors.ts";

const WORDS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOTDIR: "a file where a folder should be",
  ELOOP: "a link that leads back to itself",
};

/** "permission denied"; what is not an error of the file system is a defect of ours and thrown on. */
export function formatFileProblem(error: unknown): string {
  const code = findErrorCode(error);
  if (code === undefined) throw error;
  return WORDS[code] ?? formatError(error);
}
