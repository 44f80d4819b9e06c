import { describe, expect, test } from "bun:test";
import { openTexts, splitBatches } from "../../src/cli/text-input.ts";
import { catchThrown } from "./catch-thrown.ts";

describe("openTexts()", () => {
  test("gives the arguments in one batch, a lone dash among others too", async () => {
    const batches = await Array.fromAsync(openTexts({ flags: {}, positionals: [] }, ["a", "-"], "embed")(new AbortController().signal));
    expect(batches).toEqual([["a", "-"]]);
  });

  test("throws usage for --jsonl with arguments", () => {
    const open = () => openTexts({ flags: { jsonl: true }, positionals: [] }, ["a"], "classify");
    expect(catchThrown(open)).toMatchObject({
      code: "usage",
      message: 'Cannot run "termite classify": --jsonl reads stdin, found texts as arguments',
      hint: 'Write "-" instead of the texts, and give them on stdin',
    });
  });
});

test("splitBatches() gives the same texts in order, no batch larger than it may be", async () => {
  const batches = async function* () {
    yield ["a", "b", "c", "d", "e"];
    yield ["f"];
  };
  expect(await Array.fromAsync(splitBatches(batches(), 2))).toEqual([["a", "b"], ["c", "d"], ["e"], ["f"]]);
});
