import { describe, expect, test } from "bun:test";
import { isDuration, isKeepAliveSetting, parseDuration, parseKeepAliveSetting } from "../../src/config/duration.ts";

describe("parseDuration()", () => {
  test.each([
    ["500ms", 500],
    ["60s", 60_000],
    ["5m", 300_000],
    ["1h", 3_600_000],
    ["0s", 0],
    ["1.5s", 1500],
    ["1h30m", 5_400_000],
    ["5m0s", 300_000],
  ])("reads %p as %p ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(["", "60", "s", ".5s", "1.s", "-1s", " 1s", "1s ", "1d", "1m30", "9999999999s"])("throws for %p", (text) => {
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

describe("parseKeepAliveSetting()", () => {
  test.each<[string, number | undefined]>([
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["0", undefined],
    ["0s", undefined],
    ["-1", undefined],
    ["-1s", undefined],
    ["-5m", undefined],
  ])("reads %p as %p ms", (text, expected) => {
    expect(parseKeepAliveSetting(text)).toBe(expected);
    expect(isKeepAliveSetting(text)).toBe(true);
  });
});

describe("isKeepAliveSetting()", () => {
  test.each(["", "300", "501h", "5 m", "-", "--1", "-0.5", "for ever"])("is false for %p", (text) => {
    expect(isKeepAliveSetting(text)).toBe(false);
  });
});
