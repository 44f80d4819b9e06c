// The list of a wheel's entries, out of its end record and its central directory, without reading the entries.
// The entries must tile the file from its first byte to the directory: nothing before, between, behind or shared.
import { readAt } from "./byte-source.ts";
import type { ByteSource } from "./byte-source.ts";
import { HARMLESS_BYTES, MOST_RATIO, parseCentralHeader } from "./central-header.ts";
import { readEndRecord } from "./end-record.ts";
import type { EndRecord } from "./end-record.ts";
import { checkUniquePaths } from "./entry-path.ts";
import { createGapError, createWheelError } from "./wheel-entry.ts";
import type { WheelEntry } from "./wheel-entry.ts";

const LOCAL_HEADER_BYTES = 30;
const LONGEST_EXTRA_BYTES = 65_535;

/** In the order of the directory. Reads the last 64 KiB and the directory. Throws `invalid_wheel` with the reason. */
export async function readWheelDirectory(source: ByteSource): Promise<WheelEntry[]> {
  const record = await readEndRecord(source);
  const directory = await readDirectory(source, record);
  const entries = parseDirectory(source.name, directory, record.entryCount);
  checkUniquePaths(
    source.name,
    entries.map((entry) => entry.path),
  );
  checkWhole(source, entries);
  return resolveSpans(source.name, entries, record.directoryOffset);
}

/** Many entries that are harmless each can still fill a disk. */
function checkWhole({ name, sizeBytes }: ByteSource, entries: readonly WheelEntry[]): void {
  const unpackedBytes = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
  if (unpackedBytes <= Math.max(HARMLESS_BYTES, sizeBytes * MOST_RATIO)) return;
  throw createWheelError(name, `it unpacks ${sizeBytes} bytes to ${unpackedBytes}, more than ${MOST_RATIO} to 1`);
}

async function readDirectory(source: ByteSource, record: EndRecord): Promise<Buffer> {
  const { tail, directoryOffset, directoryBytes } = record;
  const at = directoryOffset - (source.sizeBytes - tail.length);
  return at >= 0 ? tail.subarray(at, at + directoryBytes) : readAt(source, directoryOffset, directoryBytes);
}

function parseDirectory(wheel: string, directory: Buffer, entryCount: number): WheelEntry[] {
  const entries: WheelEntry[] = [];
  let at = 0;
  while (at < directory.length) {
    const { entry, headerBytes } = parseCentralHeader(wheel, directory, at);
    entries.push(entry);
    at += headerBytes;
  }
  if (entries.length === entryCount) return entries;
  throw createWheelError(wheel, `its directory has ${entries.length} entries, its end record says ${entryCount}`);
}

/** The exact end of an entry is known from its local header only: `readEntry` checks that the next one begins there. */
function resolveSpans(wheel: string, entries: readonly WheelEntry[], directoryOffset: number): WheelEntry[] {
  const ordered = [...entries].sort((left, right) => left.offset - right.offset);
  const begin = ordered[0]?.offset ?? directoryOffset;
  if (begin !== 0) throw createWheelError(wheel, `found ${begin} bytes before its first entry`);
  const spans = new Map<WheelEntry, number>();
  ordered.forEach((entry, index) => {
    const spanBytes = (ordered[index + 1]?.offset ?? directoryOffset) - entry.offset;
    const leastBytes = LOCAL_HEADER_BYTES + entry.name.length + entry.compressedBytes;
    if (spanBytes < leastBytes) throw createWheelError(wheel, `entry "${entry.path}" overlaps the next one`);
    if (spanBytes > leastBytes + LONGEST_EXTRA_BYTES) throw createGapError(wheel, entry);
    spans.set(entry, spanBytes);
  });
  return entries.map((entry) => ({ ...entry, spanBytes: spans.get(entry) ?? 0 }));
}
