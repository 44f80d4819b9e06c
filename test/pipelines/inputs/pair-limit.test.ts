import { describe, expect, test } from "bun:test";
import { checkPairCharacters, countCharacters } from "../../../src/pipelines/inputs/pair-limit.ts";
import { catchThrown } from "../../cli/catch-thrown.ts";

describe("checkPairCharacters()", () => {
  test("takes its limit and refuses more, with both numbers", () => {
    expect(() => checkPairCharacters(33554432, "rerank the texts")).not.toThrow();
    expect(catchThrown(() => checkPairCharacters(33554433, "rerank the texts"))).toMatchObject({
      code: "invalid_request",
      message: "Cannot rerank the texts: found 33554433 characters in all pairs together, the limit is 33554432",
      hint: "Send fewer or shorter texts at once",
      details: { found: 33554433, limit: 33554432 },
    });
  });
});

describe("countCharacters()", () => {
  test("counts UTF-16 units", () => expect(countCharacters(["ab", "", "\u{1f600}"])).toBe(4));
});
