import { expect, test } from "bun:test";
import { compareVersions, isAtLeast } from "../src/version-order.ts";

test.each([
  ["580.65.06", "580", true], ["580", "580", true], ["579.99", "580", false], ["1000.1", "580", true],
  ["525.60.13", "525.60.13", true], ["525.60.11", "525.60.13", false], ["525.60", "525.60.13", false],
  ["10.0", "7.5", true], ["5.0", "5.2", false], ["2.36", "2.28", true], ["2.27", "2.28", false],
  ["3.4.9", "3.4.22", false], ["3.4", "3.4.22", false], ["3", "2.99.99", true],
])("isAtLeast() of %p and %p is %p", (version, floor, expected) => {
  expect(isAtLeast(version, floor)).toBe(expected);
});

test.each([
  ["1.9", "1.10", -1], ["1.10", "1.9", 1], ["0.12.0.1", "0.12.0", 1], ["0.11.2", "0.12.0", -1], ["2.0", "2", 0],
])("compareVersions() of %p and %p is %p", (left, right, expected) => {
  expect(compareVersions(left, right)).toBe(expected);
});
