// `receipt.json` of an installed plugin, the last file that an install writes: a version without it was never published.
// What only newer installs write may be absent; what still newer ones write is ignored.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { formatError, hasErrorCode } from "../../errors.ts";

export const RECEIPT_FILE = "receipt.json";

/** A receipt of thousands of files is far below this; a larger one was not written by an install. */
const MAX_BYTES = 16 * 1024 * 1024;

/** `jax_plugins/xla_cuda13/xla_cuda_plugin.so`: no empty segment, ".", "..", backslash or control character. */
function isInnerPath(path: string): boolean {
  return !/[\\\p{Cc}]/u.test(path) && path.split("/").every((segment) => !["", ".", ".."].includes(segment));
}

function sumSizes(files: readonly { sizeBytes: number }[]): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

const ReceiptSchema = v.object({
  /** Target that it serves: "xla:cuda". */
  plugin: v.string(),
  /** Exactly as the lock writes it: "0.12.0.1". */
  version: v.pipe(v.string(), v.minLength(1)),
  files: v.pipe(
    v.array(
      v.object({
        /** Relative to the version's folder, with "/"; never out of it. */
        path: v.pipe(v.string(), v.check(isInnerPath, "a path that leads out of the folder")),
        sizeBytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
        sha256: v.string(),
        mode: v.exactOptional(v.picklist([0o444, 0o555])),
      }),
    ),
    v.minLength(1),
    v.check((files) => Number.isSafeInteger(sumSizes(files)), "sizes whose sum is too large to be one"),
  ),
  /** Of the lock: "cuda13". */
  variant: v.exactOptional(v.string()),
  platform: v.exactOptional(v.object({ os: v.string(), arch: v.string() })),
  /** The plugin library, as a path in the folder. */
  library: v.exactOptional(v.pipe(v.string(), v.check(isInnerPath, "a path that leads out of the folder"))),
  wheels: v.exactOptional(
    v.array(
      v.object({ name: v.string(), version: v.string(), file: v.string(), sha256: v.string(), licence: v.string() }),
    ),
  ),
  /** When: "2026-11-22T10:11:12.000Z". */
  installedAt: v.exactOptional(v.string()),
  /** The build of termite that installed it. */
  build: v.exactOptional(v.string()),
  /** Where the wheels came from, without user name, password and query. */
  index: v.exactOptional(v.string()),
  /** Of the lock that it was installed by. */
  lockSha256: v.exactOptional(v.string()),
  /** Folder below `versions` that counted before this one: what `rollback` goes back to. */
  replaces: v.exactOptional(v.string()),
});

export type Receipt = v.InferOutput<typeof ReceiptSchema>;

/** `problem` says in words why a receipt that is there cannot be used; both absent when there is none. */
export interface ReceiptReading {
  receipt?: Receipt;
  problem?: string;
}

/** Reads the receipt in `folder`; errors of the file system other than absence are thrown as they are. */
export function readReceipt(folder: string): ReceiptReading {
  const path = join(folder, RECEIPT_FILE);
  try {
    const found = statSync(path);
    if (!found.isFile()) return { problem: `found "${RECEIPT_FILE}", which is not a regular file` };
    if (found.size > MAX_BYTES) return { problem: `found a broken "${RECEIPT_FILE}": ${found.size} bytes` };
    return parseReceipt(readFileSync(path, "utf8"));
  } catch (error) {
    if (hasErrorCode(error, ["ENOENT"])) return {};
    throw error;
  }
}

/** `{"plugin": "xla:cuda", "version": "0.12.0.1", "files": [{"path": "…", "sizeBytes": 1, "sha256": "…"}]}` */
function parseReceipt(text: string): ReceiptReading {
  try {
    const result = v.safeParse(ReceiptSchema, JSON.parse(text));
    if (result.success) return { receipt: result.output };
    const issue = result.issues[0];
    return { problem: `found a broken "${RECEIPT_FILE}": ${v.getDotPath(issue) ?? "the whole"}: ${issue.message}` };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { problem: `found a broken "${RECEIPT_FILE}": ${formatError(error)}` };
  }
}
