// The header before an entry's data (APPNOTE 4.3.7), which must say what the directory says, in one of two forms.
import { findExtraFault } from "./extra-field.ts";
import type { WheelEntry } from "./wheel-entry.ts";

const SIGNATURE = 0x04034b50;
const HEADER_BYTES = 30;
/** Where the two sizes stand in the fields that are repeated. */
const SIZES_AT = 14;
const NAME_LENGTH_AT = 26;

/** What is wrong with it, or how long it is; `undefined` until `held`, the bytes so far, holds it whole. */
export type LocalHeader = { fault: string } | { headerBytes: number } | undefined;

export function readLocalHeader(entry: WheelEntry, held: Buffer): LocalHeader {
  if (held.length < HEADER_BYTES) return undefined;
  const extraAt = HEADER_BYTES + held.readUInt16LE(NAME_LENGTH_AT);
  const headerBytes = extraAt + held.readUInt16LE(NAME_LENGTH_AT + 2);
  const fields = held.subarray(4, NAME_LENGTH_AT + 2);
  const isZip64 = fields.equals(createZip64Fields(entry));
  const isSame = held.readUInt32LE(0) === SIGNATURE && (isZip64 || fields.equals(entry.repeated));
  if (!isSame) return { fault: "has a local header unlike its central one" };
  if (held.length < headerBytes) return undefined;
  if (!held.subarray(HEADER_BYTES, extraAt).equals(entry.name)) return { fault: "has another name in its local header" };
  const extra = held.subarray(extraAt, headerBytes);
  const fault = isZip64 ? findZip64Fault(entry, extra) : findExtraFault(extra);
  return fault === undefined ? { headerBytes } : { fault };
}

/**
 * Bazel's wheels and all others that Python writes without knowing an entry's size before it is written: both sizes are
 * marks, and stand in the one extra field (APPNOTE 4.5.3). The directory has them in plain.
 */
function createZip64Fields(entry: WheelEntry): Buffer {
  return Buffer.from(entry.repeated).fill(0xff, SIZES_AT, SIZES_AT + 8);
}

/** Sample: 01 00, 10 00, the size in eight bytes, the compressed size in eight bytes. */
function findZip64Fault(entry: WheelEntry, extra: Buffer): string | undefined {
  const expected = Buffer.alloc(20);
  expected.writeUInt16LE(1, 0);
  expected.writeUInt16LE(16, 2);
  expected.writeBigUInt64LE(BigInt(entry.sizeBytes), 4);
  expected.writeBigUInt64LE(BigInt(entry.compressedBytes), 12);
  return extra.equals(expected) ? undefined : "has other sizes in its local header";
}
