// The end of central directory record (APPNOTE 4.3.16), and the refusal of every file that has more or less than one.
import { readAt } from "./byte-source.ts";
import type { ByteSource } from "./byte-source.ts";
import { createWheelError } from "./wheel-entry.ts";

const SIGNATURE = Buffer.from("PK\x05\x06", "latin1");
const ZIP64_LOCATOR = Buffer.from("PK\x06\x07", "latin1");
const RECORD_BYTES = 22;
const ZIP64_LOCATOR_BYTES = 20;
const ZIP64_MARK = 0xffffffff;
/** A record can be followed by a comment of this length: as far back as other readers look for one. */
const LONGEST_COMMENT_BYTES = 65_535;

export interface EndRecord {
  entryCount: number;
  directoryOffset: number;
  directoryBytes: number;
  /** The last bytes of the wheel; they mostly hold the directory too, so that one request serves both. */
  tail: Buffer;
}

/** A wheel ends with its record: no comment, nothing behind it, and no other record that a laxer reader would take. */
export async function readEndRecord(source: ByteSource): Promise<EndRecord> {
  const tailBytes = Math.min(source.sizeBytes, RECORD_BYTES + LONGEST_COMMENT_BYTES);
  const tail = await readAt(source, source.sizeBytes - tailBytes, tailBytes);
  checkPosition(source.name, tail);
  const record = tail.subarray(-RECORD_BYTES);
  const numbers = {
    entryCount: record.readUInt16LE(10),
    directoryBytes: record.readUInt32LE(12),
    directoryOffset: record.readUInt32LE(16),
  };
  checkZip64(source.name, tail, numbers);
  if (record.readUInt32LE(4) !== 0 || record.readUInt16LE(8) !== numbers.entryCount) {
    throw createWheelError(source.name, "it is one part of several");
  }
  const directoryEnd = numbers.directoryOffset + numbers.directoryBytes;
  const recordAt = source.sizeBytes - RECORD_BYTES;
  if (directoryEnd === recordAt) return { ...numbers, tail };
  const found = `its directory ends at byte ${directoryEnd}, its end record begins at byte ${recordAt}`;
  throw createWheelError(source.name, found);
}

function checkPosition(wheel: string, tail: Buffer): void {
  const records = findRecords(tail);
  const last = records.at(-1);
  if (last === undefined) throw createWheelError(wheel, "found no end record, it is not a zip file or was cut short");
  if (records.filter((at) => isComplete(tail, at)).length > 1) throw createWheelError(wheel, "found two end records");
  const behind = tail.length - last - RECORD_BYTES;
  if (behind !== 0) throw createWheelError(wheel, `found ${behind} bytes after its end record`);
  const commentBytes = tail.readUInt16LE(last + 20);
  if (commentBytes !== 0) throw createWheelError(wheel, `it lacks ${commentBytes} bytes after its end record`);
}

/** Every place that holds the signature and room for a record. Four bytes can also stand there by chance. */
function findRecords(tail: Buffer): number[] {
  const found: number[] = [];
  for (let at = tail.indexOf(SIGNATURE); at !== -1; at = tail.indexOf(SIGNATURE, at + 1)) {
    if (at + RECORD_BYTES <= tail.length) found.push(at);
  }
  return found;
}

/** True where the record and its comment reach exactly to the end: what other readers accept. */
function isComplete(tail: Buffer, at: number): boolean {
  return at + RECORD_BYTES + tail.readUInt16LE(at + 20) === tail.length;
}

/** Wheels we read are under 4 GiB and 65,535 entries: anything of zip64 is a second truth, and refused. */
function checkZip64(wheel: string, tail: Buffer, numbers: Omit<EndRecord, "tail">): void {
  const locatorAt = tail.length - RECORD_BYTES - ZIP64_LOCATOR_BYTES;
  const hasLocator = locatorAt >= 0 && tail.indexOf(ZIP64_LOCATOR, locatorAt) === locatorAt;
  const isFull = numbers.entryCount === 0xffff || numbers.directoryBytes === ZIP64_MARK;
  if (hasLocator || isFull || numbers.directoryOffset === ZIP64_MARK)
    throw createWheelError(wheel, "it is a zip64 file");
}
