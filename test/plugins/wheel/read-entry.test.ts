import { describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { TermiteError } from "../../../src/errors.ts";
import { readEntry } from "../../../src/plugins/wheel/read-entry.ts";
import { readWheelDirectory } from "../../../src/plugins/wheel/wheel-directory.ts";
import type { WheelEntry } from "../../../src/plugins/wheel/wheel-entry.ts";
import { catchError, readAll } from "../../net/serve-loopback.ts";
import { makeZip, ZIP64_MARKS, zip64Sizes } from "./make-zip.ts";
import { createMemorySource, readWheel } from "./read-wheel.ts";

async function findEntry(wheel: Buffer, path: string): Promise<WheelEntry> {
  const entries = await readWheelDirectory(createMemorySource(wheel));
  const entry = entries.find((candidate) => candidate.path === path);
  if (entry === undefined) throw new Error(`no ${path}`);
  return entry;
}

describe("readEntry()", () => {
  test("yields the content, packed or stored, with or without an extra field", async () => {
    const time = Buffer.from([0x55, 0x54, 5, 0, 3, 1, 2, 3, 4]);
    const wheel = makeZip([
      { name: "packed", content: "packed ".repeat(500), local: { extra: time } },
      { name: "stored", content: "stored", method: 0, both: { extra: time } },
      { name: "zip64", content: "zip64", local: { ...ZIP64_MARKS, extra: zip64Sizes("zip64") } },
      { name: "empty" },
      { name: "nothing", method: 0 },
    ]);
    expect(await readWheel(wheel)).toEqual({ packed: "packed ".repeat(500), stored: "stored", zip64: "zip64", empty: "", nothing: "" });
  });

  test.each([1, 3, 29, 30, 31, 1000, 1_000_000])("finds the data when pieces have %d bytes", async (pieceBytes) => {
    const content = randomBytes(5000);
    const wheel = makeZip([{ name: "a.bin", content }, { name: "b" }]);
    const bytes = await readAll(readEntry(createMemorySource(wheel, pieceBytes), await findEntry(wheel, "a.bin")));
    expect(bytes.equals(content)).toBe(true);
  });

  test("passes the source's own error on", async () => {
    const wheel = makeZip([{ name: "a.bin", content: randomBytes(5000) }]);
    const entry = await findEntry(wheel, "a.bin");
    const broken = new TermiteError("download_failed", "broken");
    const source = {
      ...createMemorySource(wheel),
      async *stream() {
        yield wheel.subarray(0, 2000);
        throw broken;
      },
    };
    expect(await catchError(readAll(readEntry(source, entry)))).toBe(broken);
  });

  test("closes the source when the reader leaves early", async () => {
    const wheel = makeZip([{ name: "a.bin", content: randomBytes(3_000_000) }]);
    const entry = await findEntry(wheel, "a.bin");
    let isClosed = false;
    const memory = createMemorySource(wheel, 65_536);
    const source = {
      ...memory,
      async *stream(offset: number, lengthBytes: number) {
        try {
          yield* memory.stream(offset, lengthBytes);
        } finally {
          isClosed = true;
        }
      },
    };
    for await (const _ of readEntry(source, entry)) break;
    await Bun.sleep(0);
    expect(isClosed).toBe(true);
  });

  test("yields pieces of bounded size when an entry is well packed", async () => {
    const wheel = makeZip([{ name: "a.bin", content: Buffer.concat([randomBytes(30_000), Buffer.alloc(4_000_000)]) }]);
    let longest = 0;
    for await (const piece of readEntry(createMemorySource(wheel, 65_536), await findEntry(wheel, "a.bin"))) {
      longest = Math.max(longest, piece.byteLength);
    }
    expect(longest).toBeLessThanOrEqual(256 * 1024);
  });
});
