import { describe, expect, test } from "bun:test";
import { isDuration, parseDuration } from "../../src/config/duration.ts";

describe("parseDuration()", () => {
  test.each([
    ["500ms", 500],
    ["60s", 60_000],
    ["5m", 300_000],
    ["1h", 3_600_000],
    ["0s", 0],
  ])("reads %p as %p ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(["", "60", "s", "1.5s", "-1s", " 1s", "1s ", "1d", "1m30s", "9999999999s"])("throws for %p", (text) => {
    expect(() => parseDuration(text)).toThrow(new RangeError(`Cannot parse the duration: found "${text}"`));
  });
});

describe("isDuration()", () => {
  test.each([
    ["1s", true],
    ["10s", true],
    ["999ms", false],
    ["11s", false],
    ["ten", false],
  ])("is for %p within 1s to 10s %p", (text, expected) => {
    expect(isDuration(text, 1000, 10_000)).toBe(expected);
  });
});
