// One file to carry to a machine without a network: the installed version as a tar, whole or in parts. Every byte is held
// against the receipt on its way, so that a damaged plugin does not travel.
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { createTarPacker } from "modern-tar";
import type { TarPackController } from "modern-tar";
import { findErrorCode, TermiteError } from "../../errors.ts";
import type { PluginName } from "../catalog/lock.ts";
import { requireInstalled } from "../store/installed.ts";
import type { InstalledVersion } from "../store/installed.ts";
import { holdVersion } from "../store/version-hold.ts";
import { createManifestFacts } from "./bundle-manifest.ts";
import type { BundleFile } from "./bundle-manifest.ts";
import { createPartWriter } from "./part-writer.ts";
import type { PartWriter } from "./part-writer.ts";
import { readPieces } from "./read-pieces.ts";
import { createHeader, createManifestEntry, createManifestText } from "./tar-layout.ts";

/** Three digits. */
const MAX_PARTS = 1000;

/** Linux takes no longer path: of such a one a message shows the beginning. */
const MOST_PATH_CHARACTERS = 4096;
const SHOWN_CHARACTERS = 80;

export interface ExportBundleOptions {
  pluginsDir: string;
  plugin: PluginName;
  /** Absolute; of parts it is what stands before ".000". */
  file: string;
  /** Size of a part. */
  splitBytes?: number | undefined;
  onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface ExportReport {
  installed: InstalledVersion;
  /** As written, in order. */
  files: readonly string[];
  sizeBytes: number;
}

/** Throws `plugin_not_installed`, `plugin_damaged`; then no file is left. */
export async function exportBundle(options: ExportBundleOptions): Promise<ExportReport> {
  const installed = requireInstalled(options.pluginsDir, options.plugin, "export");
  const facts = createManifestFacts(installed);
  if (facts === undefined) throw createDamaged(installed, "its receipt does not say all that a bundle needs");
  const { text, sizeBytes } = await createManifestText(facts);
  checkSplit(sizeBytes, options.splitBytes);
  const hold = holdVersion(installed.folder);
  try {
    const files = await writeBundle({ ...options, installed, text, sizeBytes, contents: facts.files });
    return { installed, files, sizeBytes };
  } finally {
    hold.release();
  }
}

function checkSplit(sizeBytes: number, splitBytes: number | undefined): void {
  if (splitBytes === undefined || (splitBytes >= 1 && sizeBytes / splitBytes <= MAX_PARTS)) return;
  const least = Math.ceil(sizeBytes / MAX_PARTS);
  throw new TermiteError("usage", `Cannot split into parts of ${splitBytes} bytes: need ${least} or more, for at most ${MAX_PARTS} parts`);
}

interface BundleContents extends ExportBundleOptions {
  installed: InstalledVersion;
  text: string;
  sizeBytes: number;
  contents: readonly BundleFile[];
}

async function writeBundle(bundle: BundleContents): Promise<string[]> {
  const writer = createPartWriter(bundle.file, bundle.splitBytes);
  const { readable, controller } = createTarPacker();
  const stop = new AbortController();
  try {
    const writing = drain(readable, writer, bundle);
    // Whichever of the two fails ends the other.
    const packing = packFiles(controller, bundle, stop.signal);
    writing.catch(() => stop.abort());
    await Promise.all([packing.catch((error: unknown) => endWith(controller, error)), writing]);
    return await writer.finish();
  } catch (error) {
    await writer.abort();
    throw resolveWriteError(error, bundle.file);
  }
}

function endWith(controller: TarPackController, error: unknown): never {
  controller.error(error);
  throw error;
}

async function drain(readable: ReadableStream<Uint8Array>, writer: PartWriter, bundle: BundleContents): Promise<void> {
  let doneBytes = 0;
  for await (const bytes of readable) {
    bundle.signal?.throwIfAborted();
    await writer.write(bytes);
    doneBytes += bytes.length;
    bundle.onProgress?.(doneBytes, bundle.sizeBytes);
  }
  if (doneBytes !== bundle.sizeBytes) throw new TypeError(`Cannot write a bundle: found ${doneBytes} bytes, need ${bundle.sizeBytes}`);
}

async function packFiles(controller: TarPackController, bundle: BundleContents, signal: AbortSignal): Promise<void> {
  const { text, contents, installed } = bundle;
  const head = controller.add(createHeader(createManifestEntry(text))).getWriter();
  await head.write(new TextEncoder().encode(text));
  await head.close();
  for (const file of contents) {
    signal.throwIfAborted();
    await packFile(controller, file, installed);
  }
  controller.finalize();
}

async function packFile(controller: TarPackController, file: BundleFile, installed: InstalledVersion): Promise<void> {
  const place = join(installed.folder, file.path);
  const size = statSync(place, { throwIfNoEntry: false })?.size;
  if (size !== file.sizeBytes) {
    throw createDamaged(installed, `found ${size ?? "no"} bytes of "${file.path}", need ${file.sizeBytes}`);
  }
  const hash = createHash("sha256");
  const entry = controller.add(createHeader(file)).getWriter();
  for await (const bytes of readPieces(place)) {
    hash.update(bytes);
    await entry.write(bytes);
  }
  await entry.close();
  const found = hash.digest("hex");
  if (found !== file.sha256) throw createDamaged(installed, `found sha256 ${found} of "${file.path}", need ${file.sha256}`);
}

function createDamaged({ plugin }: InstalledVersion, found: string): TermiteError {
  const hint = `Look at it and mend it: termite plugin verify ${plugin}; termite plugin install ${plugin}`;
  return new TermiteError("plugin_damaged", `Cannot export "${plugin}": ${found}`, { hint });
}

const WRITE_WORDS: Readonly<Record<string, string>> = {
  ENOSPC: "no space is left on the file system",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file system takes no file of that size; write it in parts with --split",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOENT: "its folder is not there",
  ENAMETOOLONG: "its name is too long",
};

function resolveWriteError(error: unknown, file: string): unknown {
  const code = error instanceof TermiteError ? "" : (findErrorCode(error) ?? "");
  const words = WRITE_WORDS[code];
  if (words === undefined) return error;
  const hint = "Write it to another folder";
  return new TermiteError(code === "ENOSPC" || code === "EDQUOT" ? "disk_full" : "usage", `Cannot write "${formatFile(file)}": ${words}`, { hint, cause: error });
}

function formatFile(file: string): string {
  return file.length > MOST_PATH_CHARACTERS ? `${file.slice(0, SHOWN_CHARACTERS)}…` : file;
}
