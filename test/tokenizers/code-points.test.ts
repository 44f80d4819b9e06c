import { expect, test } from "bun:test";
import { createCodePointSlicer, readUnitOffsets } from "../../src/tokenizers/code-points.ts";

test.each([
  ["", 0, 0, ""],
  ["abc", 1, 3, "bc"],
  ["naïve e\u0301", 2, 7, "ïve e"],
  ["a😀b", 1, 2, "😀"],
  ["a😀b", 2, 3, "b"],
  ["😀😀", 1, 9, "😀"],
  ["😀", 1, 1, ""],
  ["\ud83dx😀", 1, 3, "x😀"],
])("createCodePointSlicer() counts code points when the text is %p and the slice %i to %i", (text, start, end, slice) => {
  expect(createCodePointSlicer(text)(start, end)).toBe(slice);
});

test("readUnitOffsets() says where each code point begins, a lone surrogate being one", () => {
  expect(Array.from(readUnitOffsets("a😀b\ud83d"))).toEqual([0, 1, 3, 4]);
});
