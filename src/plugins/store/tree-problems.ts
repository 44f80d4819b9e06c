// What a look at names, kinds, sizes and modes says of a version's tree, held against its receipt: fast, and blind to
// bytes that changed in place.
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { hasErrorCode } from "../../errors.ts";
import { RECEIPT_FILE } from "../search/receipt.ts";
import type { Receipt } from "../search/receipt.ts";

export interface TreeProblem {
  /** In the tree. */
  path: string;
  kind: "missing" | "changed" | "extra";
  /** In words, of what changed: "found 12 bytes, need 13". */
  found?: string;
}

type ReceiptFile = Receipt["files"][number];

/** Every file that is missing, other than it should be, or there without being in the receipt; in order of paths. */
export function findTreeProblems(folder: string, receipt: Receipt): TreeProblem[] {
  const known = new Set([RECEIPT_FILE, ...receipt.files.map(({ path }) => path)]);
  const extra = listTree(folder).filter((path) => !known.has(path)).map((path): TreeProblem => ({ path, kind: "extra" }));
  const wrong = receipt.files.flatMap((file) => findFileProblem(join(folder, file.path), file) ?? []);
  return [...wrong, ...extra].sort((one, other) => (one.path < other.path ? -1 : 1));
}

function findFileProblem(place: string, { path, sizeBytes, mode }: ReceiptFile): TreeProblem | undefined {
  const found = findStats(place);
  if (found === undefined) return { path, kind: "missing" };
  const fail = (words: string): TreeProblem => ({ path, kind: "changed", found: `found ${words}` });
  if (!found.isFile()) return fail("something that is not a regular file");
  if (found.size !== sizeBytes) return fail(`${found.size} bytes, need ${sizeBytes}`);
  const actual = found.mode & 0o7777;
  return mode === undefined || actual === mode ? undefined : fail(`mode ${formatMode(actual)}, need ${formatMode(mode)}`);
}

function findStats(place: string) {
  try {
    return lstatSync(place);
  } catch (error) {
    if (hasErrorCode(error, ["ENOENT", "ENOTDIR"])) return undefined;
    throw error;
  }
}

function formatMode(mode: number): string {
  return `0${mode.toString(8)}`;
}

/** Everything in a folder that is not a folder, and folders without anything in them. */
function listTree(folder: string, inner = ""): string[] {
  return readdirSync(join(folder, inner), { withFileTypes: true }).flatMap((entry) => {
    const path = inner === "" ? entry.name : `${inner}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    const within = listTree(folder, path);
    return within.length === 0 ? [path] : within;
  });
}
