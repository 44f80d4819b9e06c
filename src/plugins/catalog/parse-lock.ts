// A lock out of a JSON document that somebody wrote: the schema, and what no field alone can say.
import * as v from "valibot";
import { TermiteError } from "../../errors.ts";
import { formatTreePath, PIECE_BYTES, PluginLockSchema } from "./lock.ts";
import type { PluginFile, PluginLock } from "./lock.ts";

/** `name` is the file, for messages. Throws `invalid_plugin_lock`. */
export function parsePluginLock(name: string, document: unknown): PluginLock {
  const result = v.safeParse(PluginLockSchema, document);
  if (!result.success) {
    const [issue] = result.issues;
    const place = v.getDotPath(issue);
    throw createLockError(name, place === null ? issue.message : `"${place}": ${issue.message}`);
  }
  const fault = findFault(result.output);
  if (fault !== undefined) throw createLockError(name, fault);
  return result.output;
}

export function createLockError(name: string, found: string, cause?: unknown): TermiteError {
  return new TermiteError("invalid_plugin_lock", `Cannot use the plugin lock "${name}": ${found}`, {
    hint: "Make it anew with `bun run plugins:lock`",
    cause,
  });
}

function findFault(lock: PluginLock): string | undefined {
  const files = lock.wheels.flatMap((wheel) => wheel.files);
  return findTreeFault(lock, files.map(formatTreePath)) ?? files.map(findFileFault).find((found) => found !== undefined);
}

/** Every path once and none below another file; the plugin library is there, in the first wheel. */
function findTreeFault({ library, wheels }: PluginLock, paths: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (const path of paths) {
    if (seen.has(path)) return `"${path}" is there twice`;
    seen.add(path);
  }
  const nested = paths.find((path) => findFolders(path).some((folder) => seen.has(folder)));
  if (nested !== undefined) return `"${nested}" lies in a file`;
  const isFirst = wheels[0]?.files.some((file) => formatTreePath(file) === library) ?? false;
  return isFirst ? undefined : `the library "${library}" is not in the first wheel`;
}

function findFolders(path: string): string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}

function findFileFault(file: PluginFile): string | undefined {
  const count = Math.ceil(file.compressedBytes / PIECE_BYTES);
  if (file.pieces.length !== count) return `"${file.path}" has ${file.pieces.length} pieces, need ${count}`;
  if (file.method === "stored" && file.compressedBytes !== file.sizeBytes) {
    return `"${file.path}" is stored as ${file.compressedBytes} bytes, its size is ${file.sizeBytes}`;
  }
  return undefined;
}
