import { expect, test } from "bun:test";
import { isAtLeast } from "../src/version-order.ts";

test.each([
  ["580.65.06", "580", true], ["580", "580", true], ["579.99", "580", false], ["1000.1", "580", true],
  ["525.60.13", "525.60.13", true], ["525.60.11", "525.60.13", false], ["525.60", "525.60.13", false],
  ["10.0", "7.5", true], ["5.0", "5.2", false], ["2.36", "2.28", true], ["2.27", "2.28", false],
  ["3.4.9", "3.4.22", false], ["3.4", "3.4.22", false], ["3", "2.99.99", true],
])("isAtLeast() of %p and %p is %p", (version, floor, expected) => {
  expect(isAtLeast(version, floor)).toBe(expected);
});
