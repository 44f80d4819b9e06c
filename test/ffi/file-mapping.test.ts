// A mapped file by its address: what lies there, pages that come back, and what cannot be mapped.
import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFileMapper } from "../../src/ffi/file-mapping.ts";
import type { FileMapping } from "../../src/ffi/file-mapping.ts";
import { createNativeView } from "../../src/ffi/memory.ts";

describe.skipIf(process.platform !== "linux")("openFileMapper()", () => {
  const folder = mkdtempSync(join(tmpdir(), "termite-mapping-"));
  const mapper = openFileMapper();
  const file = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const read = ({ address, sizeBytes }: FileMapping): string => Buffer.from(createNativeView(address, sizeBytes).slice(0)).toString();

  test("gives the file's bytes, again after their pages were dropped, until it is unmapped", () => {
    const content = "abc".repeat(10_000);
    const path = file("whole", content);
    const mapping = mapper.map(path);
    if (mapping === undefined) throw new Error("was not mapped");
    expect([mapping.sizeBytes, read(mapping) === content]).toEqual([30_000, true]);
    mapper.dropPages(mapping);
    expect(read(mapping) === content).toBe(true);
    mapper.unmap(mapping);
    expect(readFileSync("/proc/self/maps", "utf8")).not.toContain(path);
  });

  test("is nothing for an empty file and for a folder", () => {
    expect(mapper.map(file("empty", ""))).toBeUndefined();
    expect(mapper.map(folder)).toBeUndefined();
  });

  test("throws the system's own error for a file that is not there", () => {
    expect(() => mapper.map(join(folder, "absent"))).toThrow("ENOENT");
  });
});
