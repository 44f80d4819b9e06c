// What interrupted downloads left of files that are not whole: it is neither fetched again nor needs new space.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { hasErrorCode } from "../../errors.ts";
import type { PluginFile } from "../catalog/lock.ts";
import { formatObjectName } from "../store/object-store.ts";
import { resolveStorePaths } from "../store/paths.ts";

/** Compressed bytes of a file that are here already; what was joined with others is left out. */
export type HeldBytes = (file: Pick<PluginFile, "sha256" | "mode" | "compressedBytes">) => number;

/** `<object>-<number>.piece`, as `planItems` names them. */
const PIECE = /^([0-9a-f]{64}(?:\.x)?)-\d+\.piece$/;

/** Looks once. Nothing is verified: a piece that is wrong is fetched again. */
export function readHeldBytes(pluginsDir: string): HeldBytes {
  const { partial } = resolveStorePaths(pluginsDir);
  const held = new Map<string, number>();
  for (const name of listNames(partial)) {
    const object = PIECE.exec(name)?.[1];
    const size = object === undefined ? undefined : statSync(join(partial, name), { throwIfNoEntry: false })?.size;
    if (object !== undefined && size !== undefined) held.set(object, (held.get(object) ?? 0) + size);
  }
  return (file) => Math.min(held.get(formatObjectName(file)) ?? 0, file.compressedBytes);
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    // Of another user: the checks of the folders say so.
    if (hasErrorCode(error, ["ENOENT", "ENOTDIR", "EACCES"])) return [];
    throw error;
  }
}
