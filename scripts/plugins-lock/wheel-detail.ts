// Everything that a lock could say of one wheel: each file with its place in the zip, its hashes and its ELF facts. Reads
// the wheel whole, held against its RECORD; memory stays bounded whatever the size.
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { PIECE_BYTES } from "../../src/plugins/catalog/lock.ts";
import type { PluginFile } from "../../src/plugins/catalog/lock.ts";
import { readElfFile } from "../../src/plugins/checks/elf-file.ts";
import type { ElfFile } from "../../src/plugins/checks/elf-file.ts";
import { createFileSource } from "../../src/plugins/wheel/byte-source.ts";
import type { ByteSource } from "../../src/plugins/wheel/byte-source.ts";
import { readRecord, readRecordedEntry } from "../../src/plugins/wheel/record.ts";
import type { RecordRow } from "../../src/plugins/wheel/record.ts";
import { readEntry } from "../../src/plugins/wheel/read-entry.ts";
import { readWheelDirectory } from "../../src/plugins/wheel/wheel-directory.ts";
import { createWheelError } from "../../src/plugins/wheel/wheel-entry.ts";
import type { WheelEntry } from "../../src/plugins/wheel/wheel-entry.ts";

export interface DetailFile extends Omit<PluginFile, "to"> {
  elf?: ElfFile;
}

export interface WheelDetail {
  sizeBytes: number;
  /** Text of METADATA. */
  metadata: string;
  /** Of the PJRT plugin in it, where that was asked: "0.116". */
  pjrt?: string;
  /** In the order of the wheel's directory. */
  files: readonly DetailFile[];
}

/** `folder` is for one unpacked entry at a time, and made. Throws `invalid_wheel`. */
export async function readWheelDetail(path: string, name: string, folder: string): Promise<WheelDetail> {
  const source = await createFileSource(path, name);
  const entries = await readWheelDirectory(source);
  const rows = await readRecord(source, entries);
  const unpacked = join(folder, `${process.pid}.entry`);
  await mkdir(folder, { recursive: true });
  const files: DetailFile[] = [];
  let metadata: string | undefined;
  try {
    for (const entry of entries.filter(({ isFolder }) => !isFolder)) {
      files.push(await readDetailFile(source, entry, { row: rows.get(entry.path), unpacked }));
      if (/^[^/]+\.dist-info\/METADATA$/.test(entry.path)) metadata = await readFile(unpacked, "utf8");
    }
  } finally {
    await rm(unpacked, { force: true });
  }
  if (metadata === undefined) throw createWheelError(name, "found no METADATA");
  return { sizeBytes: source.sizeBytes, metadata, files };
}

interface ReadOptions {
  row: RecordRow | undefined;
  unpacked: string;
}

async function readDetailFile(source: ByteSource, entry: WheelEntry, options: ReadOptions): Promise<DetailFile> {
  const row = options.row ?? (await createOwnRow(source, entry));
  await pipeline(readRecordedEntry(source, entry, row), createWriteStream(options.unpacked));
  const elf = readElfFile(options.unpacked);
  // The entry was read to its end: its data is known to end where its span ends.
  const dataOffset = entry.offset + entry.spanBytes - entry.compressedBytes;
  return {
    path: entry.path,
    mode: (entry.mode & 0o111) === 0 ? 0o444 : 0o555,
    sizeBytes: entry.sizeBytes,
    sha256: row.sha256,
    dataOffset,
    method: entry.method,
    compressedBytes: entry.compressedBytes,
    crc32: entry.crc32,
    pieces: await hashPieces(source, dataOffset, entry.compressedBytes),
    ...(elf !== undefined && { elf }),
  };
}

/** Of RECORD and its signatures alone: `readRecord` refuses every other file that it does not list. */
async function createOwnRow(source: ByteSource, entry: WheelEntry): Promise<RecordRow> {
  return { sha256: await hashStream(readEntry(source, entry)), sizeBytes: entry.sizeBytes };
}

async function hashPieces(source: ByteSource, offset: number, lengthBytes: number): Promise<string[]> {
  const pieces: string[] = [];
  for (let at = 0; at < lengthBytes; at += PIECE_BYTES) {
    pieces.push(await hashStream(source.stream(offset + at, Math.min(PIECE_BYTES, lengthBytes - at))));
  }
  return pieces;
}

/** Lower-case hex. */
export async function hashStream(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of bytes) hash.update(piece);
  return hash.digest("hex");
}
