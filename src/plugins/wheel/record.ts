// RECORD, a wheel's own list of its files (the binary distribution format, "The .dist-info directory"): every file with its
// sha256 and size. It must say of every file what is in the zip and of nothing else; nobody but the wheel vouches for it.
import { createHash } from "node:crypto";
import type { ByteSource } from "./byte-source.ts";
import { parseEntryPath } from "./entry-path.ts";
import { readEntry } from "./read-entry.ts";
import { createWheelError } from "./wheel-entry.ts";
import type { WheelEntry } from "./wheel-entry.ts";

export interface RecordRow {
  /** Lower-case hex. */
  sha256: string;
  sizeBytes: number;
}

/** RECORD is read whole: that of a wheel of ten thousand files has two megabytes. */
const MOST_BYTES = 16 * 1024 * 1024;
/** A path, quoted where it has a comma, a hash that may be empty, a size that may be empty. */
const ROW = /^(?:"((?:[^"]|"")*)"|([^",]*)),([^",]*),([^",]*)$/;
/** The hash in base64 of RFC 4648 5, without padding: 256 bits. */
const HASH = /^sha256=([A-Za-z0-9_-]{43})$/;

/** By path, every file of the wheel but RECORD and its signatures. Throws `invalid_wheel` with the reason. */
export async function readRecord(
  source: ByteSource,
  entries: readonly WheelEntry[],
): Promise<ReadonlyMap<string, RecordRow>> {
  const record = findRecord(source.name, entries);
  if (record.sizeBytes > MOST_BYTES) throw createWheelError(source.name, `its RECORD has ${record.sizeBytes} bytes`);
  const pieces: Uint8Array[] = [];
  for await (const piece of readEntry(source, record)) pieces.push(piece);
  const rows = parseRecord(source.name, Buffer.concat(pieces).toString("utf8"));
  checkEntries(source.name, entries, rows);
  return rows;
}

/** The content of an entry, held against its row. Bytes must not be used before the stream has ended without an error. */
export async function* readRecordedEntry(
  source: ByteSource,
  entry: WheelEntry,
  row: RecordRow,
): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for await (const piece of readEntry(source, entry)) {
    hash.update(piece);
    yield piece;
  }
  const found = hash.digest("hex");
  if (found === row.sha256) return;
  throw createWheelError(source.name, `entry "${entry.path}" has sha256 ${found}, its RECORD says ${row.sha256}`);
}

function findRecord(wheel: string, entries: readonly WheelEntry[]): WheelEntry {
  const [record, second] = entries.filter(({ path }) => /^[^/]+\.dist-info\/RECORD$/.test(path));
  if (record === undefined) throw createWheelError(wheel, "found no RECORD");
  if (second !== undefined) throw createWheelError(wheel, `found "${record.path}" and "${second.path}"`);
  return record;
}

/** Samples: `demo/a.so,sha256=LwfHJ1Gu2Z…,1073`, `"demo/a,b.txt",sha256=…,5`, `demo-1.0.dist-info/RECORD,,`. */
function parseRecord(wheel: string, text: string): Map<string, RecordRow> {
  const rows = new Map<string, RecordRow>();
  for (const line of text.split(/\r?\n/).filter((row) => row !== "")) {
    const [, quoted, plain, hash = "", size = ""] = ROW.exec(line) ?? [];
    const path = quoted?.replaceAll('""', '"') ?? plain;
    if (path === undefined) throw createWheelError(wheel, `its RECORD has the row ${JSON.stringify(line)}`);
    parseEntryPath(wheel, Buffer.from(path), true);
    if (isUnlisted(path)) continue;
    if (rows.has(path)) throw createWheelError(wheel, `its RECORD lists "${path}" twice`);
    rows.set(path, parseRow(wheel, path, { hash, size }));
  }
  return rows;
}

function parseRow(wheel: string, path: string, { hash, size }: { hash: string; size: string }): RecordRow {
  const digest = HASH.exec(hash)?.[1];
  if (digest === undefined) throw createWheelError(wheel, `its RECORD gives "${path}" the hash "${hash}", need a sha256`);
  if (!/^\d{1,15}$/.test(size)) throw createWheelError(wheel, `its RECORD gives "${path}" the size "${size}"`);
  return { sha256: Buffer.from(digest, "base64url").toString("hex"), sizeBytes: Number(size) };
}

/** RECORD cannot list its own hash, nor that of its signatures. */
function isUnlisted(path: string): boolean {
  return /^[^/]+\.dist-info\/RECORD(?:\.jws|\.p7s)?$/.test(path);
}

function checkEntries(wheel: string, entries: readonly WheelEntry[], rows: ReadonlyMap<string, RecordRow>): void {
  const files = new Map(entries.filter((entry) => !entry.isFolder).map((entry) => [entry.path, entry]));
  for (const [path, { sizeBytes }] of files) {
    if (isUnlisted(path)) continue;
    const row = rows.get(path);
    if (row === undefined) throw createWheelError(wheel, `entry "${path}" is not in its RECORD`);
    if (row.sizeBytes === sizeBytes) continue;
    throw createWheelError(wheel, `entry "${path}" has ${sizeBytes} bytes, its RECORD says ${row.sizeBytes}`);
  }
  const missing = [...rows.keys()].find((path) => !files.has(path));
  if (missing !== undefined) throw createWheelError(wheel, `"${missing}" is in its RECORD and not in the wheel`);
}
