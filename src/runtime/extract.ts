// Writes one asset out of the executable into the runtime folder: into a temporary folder, hashed on the way, synced,
// receipt last, one rename. Runs in a short-lived child, for its peak of memory. Any number may run at once.
import { chmod, mkdir, open, rename, rm, utimes, writeFile, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { hasErrorCode, TermiteError } from "../errors.ts";
import type { AssetInfo } from "./assets.ts";
import { checkFreeSpace, resolveFileError } from "./file-errors.ts";
import { RECEIPT_FILE, resolveAssetFolder, resolveRuntimeFolder, USED_FILE } from "./layout.ts";
import { isExtracted, type Receipt, type ReceiptFile } from "./receipt.ts";
import { createTemporary, removeStale } from "./temporary.ts";
import { unpackFile, unpackFolder, type UnpackedFile } from "./unpack.ts";
import { removeAside } from "./unused.ts";

/** Losing a race to another process more often than this means that something else is wrong. */
const PUBLISH_ATTEMPTS = 5;
const LIBRARY_MODE = 0o555;
const DATA_MODE = 0o444;

export type WriteBytes = (file: FileHandle, bytes: Uint8Array) => Promise<void>;

export interface ExtractOptions {
  info: AssetInfo;
  /** Its zstd frames, one after the other. */
  source: Blob;
  home: string;
  /** How bytes reach the disk; a test's way to a full one. */
  write?: WriteBytes;
}

/** Afterwards the asset lies whole in its folder, or a TermiteError says why not and nothing is left behind. */
export async function extractAsset(options: ExtractOptions): Promise<void> {
  const { info, home } = options;
  const context = { name: info.name, folder: resolveRuntimeFolder(home), neededBytes: info.sizeBytes };
  try {
    await mkdir(context.folder, { recursive: true });
    await removeStale(context.folder);
    if (await isExtracted(resolveAssetFolder(home, info), info, { byHash: true })) return;
    await checkFreeSpace(context);
    await extractInto(await createTemporary(context.folder), options);
  } catch (error) {
    throw await resolveFileError(error, context);
  }
}

async function extractInto(
  temporary: string,
  { info, source, home, write = writeBytes }: ExtractOptions,
): Promise<void> {
  try {
    const files = info.fileName === undefined ? unpackFolder(info, source) : unpackFile(info, info.fileName, source);
    await writeReceipt(temporary, info, await writeFiles(temporary, files, write));
    await publish(temporary, resolveAssetFolder(home, info), info);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function writeFiles(
  folder: string,
  files: AsyncIterable<UnpackedFile>,
  write: WriteBytes,
): Promise<ReceiptFile[]> {
  const written: ReceiptFile[] = [];
  for await (const { path, content, isExecutable } of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true, mode: 0o755 });
    written.push({ path, ...(await writeContent(join(folder, path), content, write)) });
    await chmod(join(folder, path), isExecutable ? LIBRARY_MODE : DATA_MODE);
  }
  return written;
}

async function writeContent(path: string, content: AsyncIterable<Uint8Array>, write: WriteBytes) {
  const hash = new Bun.CryptoHasher("sha256");
  let sizeBytes = 0;
  const file = await open(path, "wx");
  try {
    for await (const bytes of content) {
      hash.update(bytes);
      sizeBytes += bytes.byteLength;
      await write(file, bytes);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  const mtimeSeconds = Math.floor(Date.now() / 1000);
  await utimes(path, mtimeSeconds, mtimeSeconds);
  return { sizeBytes, sha256: hash.digest("hex"), mtimeSeconds };
}

async function writeBytes(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.byteLength;) {
    offset += (await file.write(bytes, offset)).bytesWritten;
  }
}

async function writeReceipt(folder: string, info: AssetInfo, files: ReceiptFile[]): Promise<void> {
  const receipt: Receipt = { name: info.name, version: info.version, sha256: info.sha256, files };
  await writeFile(join(folder, USED_FILE), "");
  await writeFile(join(folder, RECEIPT_FILE), `${JSON.stringify(receipt, null, 2)}\n`, { flush: true });
  // mkdtemp makes it 0700; one home may serve many users, read-only.
  await chmod(folder, 0o755);
  await syncFolder(folder);
}

/** Moves the finished folder into place. A process that was faster has done our work; what is damaged gives way. */
async function publish(temporary: string, folder: string, info: AssetInfo): Promise<void> {
  for (let attempt = 1; attempt <= PUBLISH_ATTEMPTS; attempt++) {
    try {
      await rename(temporary, folder);
      await syncFolder(dirname(folder));
      return;
    } catch (error) {
      if (!hasErrorCode(error, ["ENOTEMPTY", "EEXIST", "ENOTDIR"])) throw error;
    }
    if (await isExtracted(folder, info, { byHash: true })) return;
    await removeAside(dirname(folder), folder);
  }
  const found = "other processes keep putting something else there";
  throw new TermiteError("internal", `Cannot extract "${info.name}" to ${JSON.stringify(folder)}: ${found}`);
}

async function syncFolder(path: string): Promise<void> {
  // Windows opens no folder and writes names through.
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
