// The content of one entry as a stream, with everything checked that can lie: the local header, the sizes, the CRC.
// Memory is bounded by the pieces, whatever the entry's size; one call asks the source for one range.
import { Readable } from "node:stream";
import { crc32, createInflateRaw } from "node:zlib";
import { TermiteError } from "../../errors.ts";
import type { ByteSource } from "./byte-source.ts";
import { readLocalHeader } from "./local-header.ts";
import { createGapError, createWheelError } from "./wheel-entry.ts";
import type { WheelEntry } from "./wheel-entry.ts";

const INFLATE_PIECE_BYTES = 256 * 1024;

/** Bytes must not be used before the stream has ended without an error. Throws `invalid_wheel` with the reason. */
export async function* readEntry(source: ByteSource, entry: WheelEntry): AsyncGenerator<Uint8Array> {
  const packed = readPacked(source, entry);
  const content = entry.method === "stored" ? packed : inflate(source.name, entry, packed);
  let sizeBytes = 0;
  let sum = 0;
  for await (const piece of content) {
    sizeBytes += piece.byteLength;
    if (sizeBytes > entry.sizeBytes)
      throw createEntryError(source.name, entry, `is longer than its ${entry.sizeBytes} bytes`);
    sum = crc32(piece, sum);
    yield piece;
  }
  if (sizeBytes !== entry.sizeBytes) {
    throw createEntryError(source.name, entry, `has ${sizeBytes} bytes, its size is ${entry.sizeBytes}`);
  }
  if (sum !== entry.crc32) {
    throw createEntryError(source.name, entry, `has CRC ${formatCrc(sum)}, need ${formatCrc(entry.crc32)}`);
  }
}

/** The compressed bytes: header and data come in one stream, the header is checked and taken off. */
async function* readPacked(source: ByteSource, entry: WheelEntry): AsyncGenerator<Uint8Array> {
  let held = Buffer.alloc(0);
  let dataAt: number | undefined;
  for await (const piece of source.stream(entry.offset, entry.spanBytes)) {
    if (dataAt !== undefined) {
      yield piece;
      continue;
    }
    held = Buffer.concat([held, piece]);
    dataAt = findDataStart(source.name, entry, held);
    if (dataAt !== undefined && dataAt < held.length) yield held.subarray(dataAt);
  }
  if (dataAt === undefined) throw createEntryError(source.name, entry, "has a damaged local header");
}

/** `undefined` until the whole local header is there. */
function findDataStart(wheel: string, entry: WheelEntry, held: Buffer): number | undefined {
  const header = readLocalHeader(entry, held);
  if (header === undefined) return undefined;
  if ("fault" in header) throw createEntryError(wheel, entry, header.fault);
  if (header.headerBytes + entry.compressedBytes === entry.spanBytes) return header.headerBytes;
  throw createGapError(wheel, entry);
}

async function* inflate(
  wheel: string,
  entry: WheelEntry,
  packed: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const inflater = createInflateRaw({ chunkSize: INFLATE_PIECE_BYTES });
  const input = Readable.from(packed);
  input.on("error", (error) => inflater.destroy(error));
  input.pipe(inflater);
  try {
    for await (const piece of inflater) yield piece;
  } catch (cause) {
    if (cause instanceof TermiteError) throw cause;
    throw createEntryError(wheel, entry, "has damaged compressed data", cause);
  } finally {
    input.destroy();
    inflater.destroy();
  }
  // The inflater stops at the end that the data itself marks: bytes behind it would be hidden in the entry.
  const usedBytes = inflater.bytesWritten;
  if (usedBytes === entry.compressedBytes) return;
  throw createEntryError(wheel, entry, `uses ${usedBytes} of its ${entry.compressedBytes} compressed bytes`);
}

function createEntryError(wheel: string, entry: WheelEntry, fault: string, cause?: unknown): TermiteError {
  return createWheelError(wheel, `entry "${entry.path}" ${fault}`, cause);
}

function formatCrc(sum: number): string {
  return sum.toString(16).padStart(8, "0");
}
