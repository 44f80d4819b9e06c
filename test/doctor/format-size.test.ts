import { expect, test } from "bun:test";
import { formatSize } from "../../src/doctor/format-size.ts";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1 kB"],
  [45_828_512, "46 MB"],
  [999_600_000, "1.0 GB"],
  [4_040_000_000, "4.0 GB"],
  [271_000_000_000, "271 GB"],
])("formatSize() of %d is %p", (sizeBytes, text) => {
  expect(formatSize(sizeBytes)).toBe(text);
});
