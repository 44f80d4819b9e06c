// The files of a bundle into the object store. The bundle may lie: what counts is this build's lock, down to each byte.
import { createHash } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { PluginFile, PluginLock } from "../catalog/lock.ts";
import { listTreeFiles } from "../store/create-receipt.ts";
import { createInnerFolder, createPluginsDir } from "../store/folders.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { resolveStorePaths } from "../store/paths.ts";
import { withStoreErrors } from "../store/store-error.ts";
import { createBundleError } from "./bundle-error.ts";
import { MANIFEST_FILE } from "./bundle-manifest.ts";
import { readParts } from "./bundle-parts.ts";
import type { Bundle } from "./open-bundle.ts";
import { readTar } from "./read-tar.ts";
import type { TarFile } from "./read-tar.ts";

export interface ImportBundleOptions {
  bundle: Bundle;
  pluginsDir: string;
  lock: PluginLock;
  objects: ObjectStore;
  /** Told of each file when it is an object. */
  onFile?: ((file: PluginFile) => Promise<void> | void) | undefined;
  /** `doneBytes` of the files' bytes, `path` in the tree. */
  onProgress?: ((progress: { path: string; doneBytes: number; totalBytes: number }) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** Under the install lock. Resolves when every file of the lock is an object. Throws `invalid_bundle`. */
export function importBundle(options: ImportBundleOptions): Promise<void> {
  return withStoreErrors(options.pluginsDir, () => importFiles(options));
}

async function importFiles(options: ImportBundleOptions): Promise<void> {
  const { bundle, lock, pluginsDir, objects, onFile, signal } = options;
  const { name } = bundle;
  const wanted = listTreeFiles(lock);
  checkManifest(bundle, lock, wanted);
  await createPluginsDir(pluginsDir);
  await createInnerFolder(pluginsDir, resolveStorePaths(pluginsDir).partial);
  const missing = new Set(wanted.keys());
  const onBytes = countBytes(wanted, options);
  for await (const entry of readTar(name, readParts(bundle.parts, signal))) {
    if (entry.path === MANIFEST_FILE && missing.size === wanted.size) {
      await skip(entry);
      continue;
    }
    const file = takeFile(name, entry, wanted, missing);
    if (objects.has(file)) await skip(entry, (count) => onBytes(entry.path, count));
    else await keepFile(entry, file, options, onBytes);
    await onFile?.(file);
  }
  const [lost] = missing;
  if (lost !== undefined) throw createBundleError(name, `"${lost}" is not in it`);
}

/** The manifest's list is the lock's, file by file. */
function checkManifest({ name, manifest }: Bundle, lock: PluginLock, wanted: ReadonlyMap<string, PluginFile>): void {
  for (const key of ["plugin", "version", "variant"] as const) {
    if (manifest[key] !== lock[key]) throw createBundleError(name, `found ${key} "${manifest[key]}", need "${lock[key]}"`);
  }
  const [found, need] = [manifest.platform, lock.platform].map(({ os, arch }) => `${os}-${arch}`);
  if (found !== need) throw createBundleError(name, `found platform "${found}", need "${need}"`);
  const listed = new Set(manifest.files.map(({ path }) => path));
  for (const { path, sha256, mode } of manifest.files) {
    const file = wanted.get(path);
    if (file === undefined) throw createBundleError(name, `found "${path}", which this build's lock does not have`);
    if (file.sha256 !== sha256) throw createBundleError(name, `found sha256 ${sha256} of "${path}", need ${file.sha256}`);
    if (file.mode !== mode) throw createBundleError(name, `found mode 0${mode.toString(8)} of "${path}", need 0${file.mode.toString(8)}`);
  }
  const lost = [...wanted.keys()].find((path) => !listed.has(path));
  if (lost !== undefined) throw createBundleError(name, `"${lost}" of this build's lock is not in it`);
  if (listed.size !== manifest.files.length) throw createBundleError(name, `found a file twice in its "${MANIFEST_FILE}"`);
}

function takeFile(name: string, { path, sizeBytes }: TarFile, wanted: ReadonlyMap<string, PluginFile>, missing: Set<string>): PluginFile {
  const file = wanted.get(path);
  if (file === undefined) throw createBundleError(name, `found ${JSON.stringify(path)}, which is not in its "${MANIFEST_FILE}"`);
  if (!missing.delete(path)) throw createBundleError(name, `found "${path}" twice`);
  if (sizeBytes === file.sizeBytes) return file;
  throw createBundleError(name, `found ${sizeBytes} bytes of "${path}", need ${file.sizeBytes}`);
}

type OnBytes = (path: string, count: number) => void;

function countBytes(wanted: ReadonlyMap<string, PluginFile>, { onProgress }: ImportBundleOptions): OnBytes {
  const totalBytes = [...wanted.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let doneBytes = 0;
  return (path, count) => {
    doneBytes += count;
    onProgress?.({ path, doneBytes, totalBytes });
  };
}

async function skip({ bytes }: TarFile, onBytes?: (count: number) => void): Promise<void> {
  for await (const piece of bytes) onBytes?.(piece.length);
}

async function keepFile(entry: TarFile, file: PluginFile, options: ImportBundleOptions, onBytes: OnBytes): Promise<void> {
  const { pluginsDir, objects, bundle } = options;
  const partial = join(resolveStorePaths(pluginsDir).partial, `${file.sha256}.bundle`);
  try {
    const found = await writeHashed(partial, entry, onBytes);
    if (found !== file.sha256) throw createBundleError(bundle.name, `found sha256 ${found} of "${entry.path}", need ${file.sha256}`);
    await objects.commit(partial, file);
  } finally {
    // An object by now, or not to be used.
    await rm(partial, { force: true });
  }
}

async function writeHashed(partial: string, { path, bytes }: TarFile, onBytes: OnBytes): Promise<string> {
  const hash = createHash("sha256");
  const handle = await open(partial, "w", 0o600);
  try {
    for await (const piece of bytes) {
      hash.update(piece);
      for (let done = 0; done < piece.length; ) done += (await handle.write(piece, done)).bytesWritten;
      onBytes(path, piece.length);
    }
    return hash.digest("hex");
  } finally {
    await handle.close();
  }
}
