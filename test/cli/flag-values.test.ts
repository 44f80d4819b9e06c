import { describe, expect, test } from "bun:test";
import { readFlagCount, readFlagText } from "../../src/cli/flag-values.ts";
import { catchThrown } from "./catch-thrown.ts";

const invoke = (flags: Record<string, string | boolean>) => ({ flags, positionals: [] });

describe("readFlagText()", () => {
  test("gives the text, and undefined for what was not given", () => {
    expect(readFlagText(invoke({ model: "x", json: true }), "model")).toBe("x");
    expect(readFlagText(invoke({ json: true }), "json")).toBeUndefined();
    expect(readFlagText(invoke({}), "model")).toBeUndefined();
  });
});

describe("readFlagCount()", () => {
  test("gives whole numbers above 0, and undefined for what was not given", () => {
    expect(readFlagCount(invoke({ top: "3" }), "rerank", "top")).toBe(3);
    expect(readFlagCount(invoke({}), "rerank", "top")).toBeUndefined();
  });

  test.each(["0", "-1", "1.5", "many", "", "1e99"])("throws usage for %j", (top) => {
    expect(catchThrown(() => readFlagCount(invoke({ top }), "rerank", "top"))).toMatchObject({
      code: "usage", message: `Cannot run "termite rerank": --top is "${top}", need a whole number above 0`,
    });
  });
});
