// One central directory header (APPNOTE 4.3.12). Anything that two zip readers could understand in two ways is refused.
import { parseEntryPath } from "./entry-path.ts";
import { findExtraFault } from "./extra-field.ts";
import { createWheelError } from "./wheel-entry.ts";
import type { WheelEntry } from "./wheel-entry.ts";

const SIGNATURE = 0x02014b50;
const HEADER_BYTES = 46;

const FLAG_UTF8 = 1 << 11;
/** Bits 1 and 2 only tell how hard the deflater tried. */
const HARMLESS_FLAGS = (1 << 1) | (1 << 2) | FLAG_UTF8;
/** Bit 3: sizes and CRC follow the data instead of standing before it. Nothing we read needs that, and it can lie. */
const FLAG_DESCRIPTOR = 1 << 3;
/** Encrypted, strongly encrypted, header masked. */
const FLAGS_ENCRYPTED = (1 << 0) | (1 << 6) | (1 << 13);

const TYPE_BITS = 0o170000;
const TYPE_REGULAR = 0o100000;
const TYPE_FOLDER = 0o040000;
const DOS_FOLDER = 1 << 4;

const STORED = 0;
const DEFLATE = 8;

/** Deflate cannot do better than 1032:1 (zlib's technical details); what is in wheels stays far below this. */
export const MOST_RATIO = 200;
/** An empty library of aligned sections packs to 1:330 (cuDNN for CUDA 12 has one of 2 MB), and does no harm. */
export const HARMLESS_BYTES = 16 * 1024 * 1024;
const ZIP64_MARK = 0xffffffff;

export interface CentralHeader {
  /** Its `spanBytes` is 0 until the directory as a whole is known. */
  entry: WheelEntry;
  /** Length of the header with its variable parts. */
  headerBytes: number;
}

/** Reads the header at `at`. Throws `invalid_wheel` with the reason. */
export function parseCentralHeader(wheel: string, directory: Buffer, at: number): CentralHeader {
  const header = directory.subarray(at);
  if (header.length < HEADER_BYTES || header.readUInt32LE(0) !== SIGNATURE) {
    throw createWheelError(wheel, "its directory is damaged");
  }
  const extraAt = HEADER_BYTES + header.readUInt16LE(28);
  const commentAt = extraAt + header.readUInt16LE(30);
  const headerBytes = commentAt + header.readUInt16LE(32);
  if (headerBytes > header.length) throw createWheelError(wheel, "its directory is damaged");

  const name = header.subarray(HEADER_BYTES, extraAt);
  const path = parseEntryPath(wheel, name, (header.readUInt16LE(8) & FLAG_UTF8) !== 0);
  const fault =
    findFlagFault(header.readUInt16LE(8)) ??
    findTypeFault(header.readUInt32LE(38), path) ??
    findExtraFault(header.subarray(extraAt, commentAt)) ??
    findMethodFault(header.readUInt16LE(10)) ??
    findSizeFault(header, path);
  if (fault !== undefined) throw createWheelError(wheel, `entry "${path}" ${fault}`);
  return { entry: parseFields(header, path, name), headerBytes };
}

function parseFields(header: Buffer, path: string, name: Uint8Array): WheelEntry {
  return {
    path,
    isFolder: path.endsWith("/"),
    mode: header.readUInt16LE(40) & 0o7777,
    sizeBytes: header.readUInt32LE(24),
    compressedBytes: header.readUInt32LE(20),
    method: header.readUInt16LE(10) === STORED ? "stored" : "deflate",
    crc32: header.readUInt32LE(16),
    offset: header.readUInt32LE(42),
    spanBytes: 0,
    // "Version needed" to "file name length": the same fields in the same order as in a local header.
    repeated: header.subarray(6, 30),
    name,
  };
}

function findFlagFault(flags: number): string | undefined {
  if ((flags & FLAGS_ENCRYPTED) !== 0) return "is encrypted";
  if ((flags & FLAG_DESCRIPTOR) !== 0) return "has its sizes in a data descriptor";
  return (flags & ~HARMLESS_FLAGS) === 0 ? undefined : `has unknown flags 0x${flags.toString(16)}`;
}

/** The high half of the external attributes is the Unix mode, or 0; bit 4 says a folder to DOS and those who come from it. */
function findTypeFault(attributes: number, path: string): string | undefined {
  const type = (attributes >>> 16) & TYPE_BITS;
  if ((attributes & DOS_FOLDER) !== 0 && !path.endsWith("/")) return "is both a file and a folder";
  if (type === 0 || type === (path.endsWith("/") ? TYPE_FOLDER : TYPE_REGULAR)) return undefined;
  if (type === 0o120000) return "is a link";
  return type === TYPE_REGULAR || type === TYPE_FOLDER ? "is both a file and a folder" : "is a device";
}

function findMethodFault(method: number): string | undefined {
  return method === STORED || method === DEFLATE ? undefined : `has compression method ${method}, need 0 or 8`;
}

function findSizeFault(header: Buffer, path: string): string | undefined {
  const [compressedBytes, sizeBytes, offset] = [
    header.readUInt32LE(20),
    header.readUInt32LE(24),
    header.readUInt32LE(42),
  ];
  if ([compressedBytes, sizeBytes, offset].includes(ZIP64_MARK)) return "has a zip64 size";
  if (header.readUInt16LE(34) !== 0) return "lies in another part";
  if (path.endsWith("/") && sizeBytes !== 0) return `is a folder of ${sizeBytes} bytes`;
  if (header.readUInt16LE(10) === STORED && compressedBytes !== sizeBytes) {
    return `is stored as ${compressedBytes} bytes, its size is ${sizeBytes}`;
  }
  if (sizeBytes > HARMLESS_BYTES && sizeBytes > compressedBytes * MOST_RATIO) {
    return `unpacks ${compressedBytes} bytes to ${sizeBytes}, more than ${MOST_RATIO} to 1`;
  }
  return undefined;
}
