import { describe, expect, test } from "bun:test";
import { parseKeepAlive } from "../../../src/server/body/keep-alive.ts";

describe("parseKeepAlive()", () => {
  test.each([
    [null, undefined],
    [300, 300_000],
    [0.25, 250],
    [-0.001, Infinity],
    [Infinity, Infinity],
    ["0", 0],
    ["+3s", 3000],
    ["2h45m", 9_900_000],
    ["1.h", 3_600_000],
    ["100us", 0.1],
    ["100µs", 0.1],
    ["1000000ns", 1],
    ["-1s", Infinity],
  ])("of %p is %p milliseconds", (value, ms) => expect(parseKeepAlive(value)).toBe(ms));
});
