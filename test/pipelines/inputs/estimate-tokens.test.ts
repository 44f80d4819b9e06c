import { describe, expect, test } from "bun:test";
import { estimatePairs, estimateText, estimateTexts } from "../../../src/pipelines/inputs/estimate-tokens.ts";

describe("estimateText()", () => {
  test.each([
    ["", 256, 2],
    ["word", 256, 3],
    ["a sentence of about twelve tokens, or perhaps not quite", 256, 16],
    ["日本語", 256, 5],
    ["x".repeat(1_000_000), 256, 256],
    ["日".repeat(300), 256, 227],
    ["x".repeat(1000), Infinity, 252],
  ])("of %j cut at %d is %d", (text, limit, tokens) => expect(estimateText(text, limit)).toBe(tokens));
});

describe("estimateTexts()", () => {
  test("is the same for a text as often as it is there", () => {
    expect(estimateTexts(["word", "word", "x".repeat(5000)], 128)).toBe(3 + 3 + 128);
    expect(estimateTexts([], 128)).toBe(0);
  });
});

describe("estimatePairs()", () => {
  test("counts what all pairs share with each of them, up to the limit", () => {
    expect(estimatePairs("query", ["word", "x".repeat(5000)], 128)).toBe(4 + 3 + 128);
  });
});
