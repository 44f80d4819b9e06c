// Wheels in memory for tests, and everything that is in one.
import type { ByteSource } from "../../../src/plugins/wheel/byte-source.ts";
import { readEntry } from "../../../src/plugins/wheel/read-entry.ts";
import { readRecord, readRecordedEntry } from "../../../src/plugins/wheel/record.ts";
import { readWheelDirectory } from "../../../src/plugins/wheel/wheel-directory.ts";
import { readAll } from "../../net/serve-loopback.ts";

/** Hands bytes out in pieces of `pieceBytes`, so that headers and data are cut anywhere. */
export function createMemorySource(content: Buffer, pieceBytes = 7): ByteSource {
  return {
    name: "demo.whl",
    sizeBytes: content.length,
    async *stream(offset, lengthBytes) {
      const end = offset + lengthBytes;
      if (offset < 0 || end > content.length) throw new RangeError("outside");
      for (let at = offset; at < end; at += pieceBytes) yield content.subarray(at, Math.min(at + pieceBytes, end));
    },
  };
}

/** The directory, then every entry: what a reader must refuse shows in one of them. */
export async function readWheel(content: Buffer): Promise<Record<string, string>> {
  const source = createMemorySource(content);
  const found: Record<string, string> = {};
  for (const entry of await readWheelDirectory(source)) {
    found[entry.path] = (await readAll(readEntry(source, entry))).toString();
  }
  return found;
}

/** Every file of the wheel against its RECORD. */
export async function readRecorded(content: Buffer): Promise<Record<string, string>> {
  const source = createMemorySource(content, 64 * 1024);
  const entries = await readWheelDirectory(source);
  const rows = await readRecord(source, entries);
  const found: Record<string, string> = {};
  for (const entry of entries) {
    const row = rows.get(entry.path);
    if (row !== undefined) found[entry.path] = (await readAll(readRecordedEntry(source, entry, row))).toString();
  }
  return found;
}
