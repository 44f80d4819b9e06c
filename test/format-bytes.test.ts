import { describe, expect, test } from "bun:test";
import { formatBytes } from "../src/format-bytes.ts";

describe("formatBytes()", () => {
  test.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [1049, "1.0 kB"],
    [22_940_000, "22.9 MB"],
    [1_500_000_000, "1.5 GB"],
    [2e12, "2.0 TB"],
    [1e15, "1000.0 TB"],
  ])("writes %d as %s", (sizeBytes, text) => expect(formatBytes(sizeBytes)).toBe(text));

  test.each([
    [999_950, "1.0 MB"],
    [999_999_999, "1.0 GB"],
  ])("takes the next unit when %d rounds up to it: %s", (sizeBytes, text) => expect(formatBytes(sizeBytes)).toBe(text));
});
