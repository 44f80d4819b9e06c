import { expect, test } from "bun:test";
import { CALL_CHARACTERS, sliceByCharacters } from "../../src/tokenizers/call-slices.ts";

test.each([
  ["nothing", [], []],
  ["one long", [CALL_CHARACTERS * 3], [[CALL_CHARACTERS * 3]]],
  ["exactly a call", [CALL_CHARACTERS - 1, 1, 1], [[CALL_CHARACTERS - 1, 1], [1]]],
  ["long between short", [1, CALL_CHARACTERS + 1, 1, 2], [[1], [CALL_CHARACTERS + 1], [1, 2]]],
])("sliceByCharacters() keeps order and puts a long item alone when given %s", (_, lengths: number[], slices: number[][]) => {
  expect([...sliceByCharacters(lengths, (length) => length)]).toEqual(slices);
});
