import { describe, expect, test } from "bun:test";
import { readWheelDirectory } from "../../../src/plugins/wheel/wheel-directory.ts";
import { makeZip } from "./make-zip.ts";
import { createMemorySource } from "./read-wheel.ts";

describe("readWheelDirectory()", () => {
  test("lists files and folders with their modes and places", async () => {
    const wheel = makeZip([
      { name: "demo/", mode: 0o040755, method: 0 },
      { name: "demo/tool", content: "tool", mode: 0o100744 },
      { name: "demo/größe.txt", content: "stored", method: 0, mode: 0 },
    ]);
    const entries = await readWheelDirectory(createMemorySource(wheel));
    expect(entries).toMatchObject([
      { path: "demo/", isFolder: true, mode: 0o755, sizeBytes: 0, method: "stored", offset: 0, spanBytes: 35 },
      { path: "demo/tool", isFolder: false, mode: 0o744, sizeBytes: 4, method: "deflate", offset: 35 },
      { path: "demo/größe.txt", isFolder: false, mode: 0, sizeBytes: 6, compressedBytes: 6, method: "stored" },
    ]);
  });

  test("returns nothing when the wheel is empty", async () => {
    expect(await readWheelDirectory(createMemorySource(makeZip([])))).toEqual([]);
  });

  test("reads the end only, and the directory apart when it lies before it", async () => {
    const entries = Array.from({ length: 2000 }, (_, index) => ({
      name: `folder/${index}.txt`,
      content: "x".repeat(50),
    }));
    const wheel = makeZip(entries);
    const source = createMemorySource(wheel);
    const asked: [number, number][] = [];
    const stream = (offset: number, lengthBytes: number): AsyncIterable<Uint8Array> => {
      asked.push([offset, lengthBytes]);
      return source.stream(offset, lengthBytes);
    };
    expect(await readWheelDirectory({ ...source, stream })).toHaveLength(2000);
    const directoryAt = wheel.readUInt32LE(wheel.length - 6);
    expect(asked).toEqual([
      [wheel.length - 65_557, 65_557],
      [directoryAt, wheel.length - 22 - directoryAt],
    ]);
  });
});
