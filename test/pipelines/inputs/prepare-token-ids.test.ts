import { describe, expect, test } from "bun:test";
import { createIdItems } from "../../../src/pipelines/inputs/prepare-token-ids.ts";
import { characterTokenizer, createManifest } from "../embedder-parts.ts";
import { catchThrown } from "../../cli/catch-thrown.ts";

const facts = { inputs: [], outputs: [], padded: true, width: 2 };
const model = { manifest: createManifest({ maxTokens: 4 }), tokenizer: characterTokenizer, facts };
const cut = { truncate: true };

describe("createIdItems()", () => {
  test("takes ids as they are, special tokens and all", () => {
    expect(createIdItems(model, [[1, 97, 2], [5]], cut)).toEqual([{ ids: Int32Array.of(1, 97, 2) }, { ids: Int32Array.of(5) }]);
  });

  test("cuts at the model's limit, at the end that is asked for", () => {
    expect(createIdItems(model, [[1, 2, 3, 4, 5]], cut)).toEqual([{ ids: Int32Array.of(1, 2, 3, 4) }]);
    expect(createIdItems(model, [[1, 2, 3, 4, 5]], { truncate: true, direction: "left" })).toEqual([{ ids: Int32Array.of(2, 3, 4, 5) }]);
  });

  test("does not look at what is cut off", () => {
    expect(createIdItems(model, [[1, 2, 3, 4, -1]], cut)).toEqual([{ ids: Int32Array.of(1, 2, 3, 4) }]);
  });

  test("refuses what is too long when it may not be cut", () => {
    expect(catchThrown(() => createIdItems(model, [[1], [1, 2, 3, 4, 5]], { truncate: false }))).toMatchObject({
      code: "input_too_long",
      message: "Cannot embed input 1: found 5 tokens, need 4 or fewer",
    });
  });

  test.each([
    ["an id beyond the vocabulary", [1, 0x110000], 'found token id 1114112, and "m" has a vocabulary of 1114112 tokens'],
    ["a negative id", [-1], 'found token id -1, and "m" has a vocabulary of 1114112 tokens'],
    ["no ids", [], "found no token ids"],
  ])("refuses %s", (_, ids, found) => {
    expect(catchThrown(() => createIdItems(model, [[1], ids], cut))).toMatchObject({
      code: "invalid_request",
      message: `Cannot embed input 1: ${found}`,
      hint: "Send the text itself",
      details: { param: "input", index: 1 },
    });
  });
});
