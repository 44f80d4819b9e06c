// Makes a version's tree of verified objects in a folder of its own, whole and made to last, before it gets its name.
import { chmodSync, constants, linkSync } from "node:fs";
import { copyFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { hasErrorCode, TermiteError } from "../../errors.ts";
import { RECEIPT_FILE } from "../search/receipt.ts";
import type { Receipt } from "../search/receipt.ts";
import { createTreeFolder, syncFile, syncFolder } from "./folders.ts";
import type { ObjectStore } from "./object-store.ts";
import type { PluginFile } from "../catalog/lock.ts";

/** The file system has no links, not here, or not one more to this file. */
const NO_LINK = ["EXDEV", "EPERM", "EMLINK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

/** `link(2)`. */
export type LinkFile = (from: string, to: string) => void;

export interface StageTreeOptions {
  /** Empty. */
  folder: string;
  /** By their path in the tree. */
  files: ReadonlyMap<string, PluginFile>;
  receipt: Receipt;
  objects: ObjectStore;
  link?: LinkFile | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Files, folders, and the receipt last, each on the disk before the next begins. The bytes of a linked file are there
 * since it became an object; its name is there with its folder's.
 */
export async function stageTree(options: StageTreeOptions): Promise<void> {
  const { folder, files, receipt, signal } = options;
  const folders = listFolders(files.keys());
  for (const inner of folders) createTreeFolder(join(folder, inner));
  for (const [path, file] of files) {
    signal?.throwIfAborted();
    await placeFile(join(folder, path), file, options);
  }
  await Promise.all([...folders.map((inner) => join(folder, inner)), folder].map(syncFolder));
  signal?.throwIfAborted();
  await writeReceipt(folder, receipt);
}

/** Every folder above a path of the tree, those above others first. */
function listFolders(paths: Iterable<string>): string[] {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) folders.add(folder);
  }
  return [...folders].sort();
}

async function placeFile(place: string, file: PluginFile, { objects, link = linkSync }: StageTreeOptions): Promise<void> {
  const object = objects.path(file);
  if (!objects.has(file)) {
    const message = `Cannot install "${file.path}": it is not in the object store any more`;
    throw new TermiteError("plugin_damaged", message, { hint: "Run the install again" });
  }
  try {
    link(object, place);
  } catch (error) {
    if (!hasErrorCode(error, NO_LINK)) throw error;
    await copyObject(object, place, file.mode);
  }
}

async function copyObject(object: string, place: string, mode: number): Promise<void> {
  await copyFile(object, place, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  chmodSync(place, mode);
  await syncFile(place);
}

async function writeReceipt(folder: string, receipt: Receipt): Promise<void> {
  const path = join(folder, RECEIPT_FILE);
  await writeFile(path, `${JSON.stringify(receipt, null, 2)}\n`, { flag: "wx" });
  chmodSync(path, 0o444);
  await syncFile(path);
  await syncFolder(folder);
}
