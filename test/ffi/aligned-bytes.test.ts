import { describe, expect, test } from "bun:test";
import { ptr } from "bun:ffi";
import { createAlignedBytes } from "../../src/ffi/aligned-bytes.ts";

describe("createAlignedBytes()", () => {
  test.each([[1, 4096], [4096, 4096], [5 * 1024 * 1024 + 3, 4096], [100, 64]])("gives %i bytes on a multiple of %i", (sizeBytes, alignment) => {
    const bytes = createAlignedBytes(sizeBytes, alignment);
    expect(bytes.length).toBe(sizeBytes);
    expect(Number(ptr(bytes)) % alignment).toBe(0);
    expect(bytes.every((byte) => byte === 0)).toBe(true);
  });
});
