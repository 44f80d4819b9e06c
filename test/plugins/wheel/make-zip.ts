// Zip files for tests, honest by default; every field that a hostile one could lie about can be set.
import { crc32, deflateRawSync } from "node:zlib";

export interface ZipHeader {
  versionNeeded: number;
  flags: number;
  method: number;
  crc: number;
  compressedBytes: number;
  sizeBytes: number;
  name: Uint8Array;
  extra: Uint8Array;
}

export interface ZipEntry {
  name: string | Uint8Array;
  content?: Uint8Array | string;
  method?: number;
  /** Unix mode with its type bits. */
  mode?: number;
  /** The low half of the external attributes. */
  dosAttributes?: number;
  /** Replaces the data as it lies in the file. */
  data?: Uint8Array;
  /** Lies told by the central header and the local header; `both` by both. */
  both?: Partial<ZipHeader>;
  central?: Partial<ZipHeader> & { offset?: number; disk?: number };
  local?: Partial<ZipHeader>;
  /** Bytes between this entry's data and the next header. */
  after?: Uint8Array;
}

export interface ZipOptions {
  before?: Uint8Array;
  after?: Uint8Array;
  /** Between the last entry and the directory, and between the directory and the end record. */
  beforeDirectory?: Uint8Array;
  beforeEnd?: Uint8Array;
  end?: Partial<{
    entryCount: number;
    entriesHere: number;
    directoryBytes: number;
    directoryOffset: number;
    disk: number;
  }>;
  comment?: Uint8Array;
}

export function makeZip(entries: readonly ZipEntry[], options: ZipOptions = {}): Buffer {
  const files: Buffer[] = [options.before === undefined ? Buffer.alloc(0) : Buffer.from(options.before)];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { header, data } = packEntry(entry);
    const local = makeLocal({ ...header, ...entry.both, ...entry.local });
    directory.push(makeCentral({ ...header, ...entry.both, ...entry.central }, entry.central?.offset ?? offset, entry));
    files.push(local, Buffer.from(data), Buffer.from(entry.after ?? []));
    offset += local.length + data.length + (entry.after?.length ?? 0);
  }
  files.push(Buffer.from(options.beforeDirectory ?? []));
  const central = Buffer.concat(directory);
  const end = makeEnd(entries.length, central.length, offset + (options.beforeDirectory?.length ?? 0), options);
  return Buffer.concat([
    ...files,
    central,
    Buffer.from(options.beforeEnd ?? []),
    end,
    Buffer.from(options.after ?? []),
  ]);
}

function packEntry(entry: ZipEntry): { header: ZipHeader; data: Uint8Array } {
  const content = Buffer.from(entry.content ?? "");
  const method = entry.method ?? 8;
  const data = entry.data ?? (method === 8 ? deflateRawSync(content) : content);
  const name = typeof entry.name === "string" ? Buffer.from(entry.name) : entry.name;
  const flags = typeof entry.name === "string" && name.length !== entry.name.length ? 1 << 11 : 0;
  const sizes = { crc: crc32(content), compressedBytes: data.length, sizeBytes: content.length };
  return { header: { versionNeeded: 20, flags, method, ...sizes, name, extra: new Uint8Array() }, data };
}

function makeFields(header: ZipHeader): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(header.versionNeeded, 0);
  fields.writeUInt16LE(header.flags, 2);
  fields.writeUInt16LE(header.method, 4);
  fields.writeUInt32LE(0x5a21_0000, 6);
  fields.writeUInt32LE(header.crc, 10);
  fields.writeUInt32LE(header.compressedBytes, 14);
  fields.writeUInt32LE(header.sizeBytes, 18);
  fields.writeUInt16LE(header.name.length, 22);
  fields.writeUInt16LE(header.extra.length, 24);
  return fields;
}

function makeLocal(header: ZipHeader): Buffer {
  return Buffer.concat([Buffer.from("PK\x03\x04"), makeFields(header), header.name, header.extra]);
}

function makeCentral(header: ZipHeader, offset: number, entry: ZipEntry): Buffer {
  const rest = Buffer.alloc(14);
  rest.writeUInt16LE(entry.central?.disk ?? 0, 2);
  rest.writeUInt32LE((((entry.mode ?? 0o100644) << 16) | (entry.dosAttributes ?? 0)) >>> 0, 6);
  rest.writeUInt32LE(offset, 10);
  const madeBy = Buffer.from([20, 3]);
  return Buffer.concat([Buffer.from("PK\x01\x02"), madeBy, makeFields(header), rest, header.name, header.extra]);
}

function makeEnd(count: number, directoryBytes: number, directoryOffset: number, options: ZipOptions): Buffer {
  const { end = {}, comment = new Uint8Array() } = options;
  const record = Buffer.alloc(22);
  record.write("PK\x05\x06", "latin1");
  record.writeUInt16LE(end.disk ?? 0, 4);
  record.writeUInt16LE(end.entriesHere ?? end.entryCount ?? count, 8);
  record.writeUInt16LE(end.entryCount ?? count, 10);
  record.writeUInt32LE(end.directoryBytes ?? directoryBytes, 12);
  record.writeUInt32LE(end.directoryOffset ?? directoryOffset, 16);
  record.writeUInt16LE(comment.length, 20);
  return Buffer.concat([record, comment]);
}

/** Both sizes of a local header as they are where a zip64 field has them. */
export const ZIP64_MARKS = { sizeBytes: 0xffffffff, compressedBytes: 0xffffffff } as const;

/** That field for a deflated `content`, with the sizes off by so much. */
export function zip64Sizes(content: Uint8Array | string, sizeOff = 0, compressedOff = 0): Buffer {
  const field = Buffer.alloc(20);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(16, 2);
  field.writeBigUInt64LE(BigInt(Buffer.from(content).length + sizeOff), 4);
  field.writeBigUInt64LE(BigInt(deflateRawSync(Buffer.from(content)).length + compressedOff), 12);
  return field;
}
