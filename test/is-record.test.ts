import { expect, test } from "bun:test";
import { isRecord } from "../src/is-record.ts";

test.each<[unknown, boolean]>([
  [{}, true],
  [{ a: 1 }, true],
  [Object.create(null), true],
  [[], false],
  [null, false],
  [undefined, false],
  ["text", false],
  [new Date("2024-01-01"), false],
])("isRecord() of %p is %p", (value, expected) => {
  expect(isRecord(value)).toBe(expected);
});
