import { describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAlignedBytes } from "../../../src/ffi/aligned-bytes.ts";
import { BLOCK_BYTES, openPartFile } from "../../../src/plugins/download/part-file.ts";

const MEBIBYTE = 1024 * 1024;
/** A file system in memory has no direct I/O on older kernels. */
const FOLDERS = [tmpdir(), "/dev/shm"].filter((folder) => existsSync(folder));

describe("openPartFile()", () => {
  test.each(
    FOLDERS.flatMap((folder) => [[folder, 100], [folder, 2 * MEBIBYTE], [folder, 2 * MEBIBYTE + 1], [folder, 3 * MEBIBYTE - 1]] as const),
  )("in %s writes %i bytes as they are", (root, sizeBytes) => {
    const folder = mkdtempSync(join(root, "termite-part-"));
    try {
      const path = join(folder, "a.part");
      const block = createAlignedBytes(MEBIBYTE, BLOCK_BYTES);
      const expected = Buffer.alloc(sizeBytes);
      const file = openPartFile(path, sizeBytes);
      for (let at = 0; at < sizeBytes; at += block.length) {
        block.fill(at / MEBIBYTE + 1);
        expected.set(block.subarray(0, sizeBytes - at), at);
        file.write(block.subarray(0, Math.min(block.length, sizeBytes - at)));
      }
      file.finish();
      expect(readFileSync(path).equals(expected)).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
