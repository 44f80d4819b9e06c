import { describe, expect, test } from "bun:test";
import { findNearest, findNearestMany } from "../src/nearest.ts";

describe("findNearest()", () => {
  const commands = ["serve", "version", "config", "embed", "models", "plugin"];

  test.each([
    ["srve", "serve"],
    ["serrve", "serve"],
    ["sarve", "serve"],
    ["sevre", "serve"],
    ["MODELS", "models"],
    ["plugins", "plugin"],
    ["cofnig", "config"],
    ["xyzzy", undefined],
    ["constructor", undefined],
    ["", undefined],
  ])("finds for %p %p", (name, expected) => {
    expect(findNearest(name, commands)).toBe(expected);
  });

  test("takes a swap of neighbours as one edit and not as two", () => {
    expect(findNearest("abc", ["bac"])).toBe("bac");
    expect(findNearest("abc", ["bca"])).toBeUndefined();
  });

  test("finds nothing when there are no candidates", () => {
    expect(findNearest("serve", [])).toBeUndefined();
  });

  test("answers at once when the name is a megabyte", () => {
    expect(findNearest("x".repeat(1_000_000), commands)).toBeUndefined();
  });
});

describe("findNearestMany()", () => {
  test("orders by distance, keeps to the limit and drops repeats", () => {
    const known = ["bge-small-en", "bge-small-zh", "bge-small-en-v1.5", "e5-small", "bge-small-en"];
    expect(findNearestMany("bge-smal-en", known, 2)).toEqual(["bge-small-en", "bge-small-zh"]);
  });
});
