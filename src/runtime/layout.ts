// Where extracted assets lie below the home folder:
//   <home>/runtime/<sha256>/{receipt.json,used,<file or folder of the asset>}   <home>/runtime/.tmp-…/  (being written)
import { join } from "node:path";
import type { AssetInfo } from "./assets.ts";

export const RECEIPT_FILE = "receipt.json";
/** Its modification time says when a process last asked for the asset. */
export const USED_FILE = "used";
export const TEMPORARY_PREFIX = ".tmp-";

export function resolveRuntimeFolder(home: string): string {
  return join(home, "runtime");
}

export function resolveAssetFolder(home: string, info: AssetInfo): string {
  return join(resolveRuntimeFolder(home), info.sha256);
}

/** What a caller of the asset store gets: the file, or the folder that was a tar. */
export function resolveAssetPath(home: string, info: AssetInfo): string {
  return join(resolveAssetFolder(home, info), info.fileName ?? info.name);
}

/** A library is mapped executable, so the file system must allow that; a model is only read. */
export function isLibrary(info: AssetInfo): boolean {
  return info.fileName !== undefined;
}
