import { describe, expect, test } from "bun:test";
import { GO_DURATION, parseGoDuration } from "../src/go-duration.ts";

describe("parseGoDuration()", () => {
  test.each([
    ["0", 0],
    ["+3s", 3000],
    ["2h45m", 9_900_000],
    ["1.h", 3_600_000],
    [".5s", 500],
    ["100us", 0.1],
    ["100µs", 0.1],
    ["100μs", 0.1],
    ["1000000ns", 1],
    ["1m0.5s", 60_500],
    ["-1.5s", -1500],
  ])("reads %p as %p ms", (text, ms) => {
    expect(parseGoDuration(text)).toBe(ms);
    expect(GO_DURATION.test(text)).toBe(true);
  });

  test.each(["", "-", "5", "00", ".s", "1d", " 1s", "1s ", "1s\n", "--1s", "1m 2s", "1.2.3s", "1e3s"])("throws for %p", (text) => {
    expect(() => parseGoDuration(text)).toThrow(new RangeError(`Cannot parse the duration: found "${text}"`));
  });
});
