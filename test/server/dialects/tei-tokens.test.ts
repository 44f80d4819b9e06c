import { describe, expect, test } from "bun:test";
import { MODEL, createFakeDeps } from "../fake-deps.ts";
import { ask, listCalls } from "./tei-parts.ts";

describe("POST /tokenize", () => {
  const A = { id: 97, text: "a", special: false, start: 0, stop: 1 };

  test("answers a list of tokens an input, null for the place of a special one", async () => {
    const deps = createFakeDeps();
    const first = { id: 101, text: "[CLS]", special: true, start: null, stop: null };
    const last = { id: 102, text: "[SEP]", special: true, start: null, stop: null };
    expect(await ask("/tokenize", { inputs: "a" }, deps)).toEqual([200, [[first, A, last]]]);
    expect(await ask("/tokenize", { inputs: ["a"], add_special_tokens: false, prompt_name: "query" }, deps)).toEqual([200, [[A]]]);
    expect(listCalls(deps)).toEqual([expect.anything(), { task: "tokenize", request: {
      model: MODEL, texts: ["a"], addSpecialTokens: false, prompt: "query", signal: expect.any(AbortSignal),
    } }]);
  });

  test("uses the default model of another task where there is none for embedding", async () => {
    const deps = createFakeDeps({ defaultModel: (task) => (task === "classify" ? "polarity-tiny" : undefined) });
    await ask("/tokenize", { inputs: "a" }, deps);
    expect(deps.calls[0]?.request.model).toBe("polarity-tiny");
  });
});

describe("POST /decode", () => {
  test.each([
    ["one list", [104, 105], ["hi"]],
    ["several", [[104], [105]], ["h", "i"]],
  ])("answers a list of texts for %s", async (_, ids, texts) => {
    const deps = createFakeDeps();
    expect(await ask("/decode", { ids, skip_special_tokens: false }, deps)).toEqual([200, texts]);
    expect(deps.calls[0]?.request).toMatchObject({ skipSpecialTokens: false });
  });

  test("leaves special tokens out unless it is told otherwise", async () => {
    const deps = createFakeDeps();
    await ask("/decode", { ids: [104] }, deps);
    expect(deps.calls[0]?.request).toMatchObject({ model: MODEL, skipSpecialTokens: true });
  });

  test.each<[string, unknown, number, object]>([
    ["no ids", [], 400, { error: "Cannot decode ids: found an empty list", error_type: "Empty" }],
    ["no ids inside", [[]], 422, {
      error: "Cannot read the request: ids[0]: found an empty list, expected a list of at least one token id", error_type: "Validation",
    }],
    ["a text", "a", 422, {
      error: 'Cannot read the request: ids: found "a", expected a list of at least one token id', error_type: "Validation",
    }],
    ["more ids than a text may have bytes", Array.from({ length: 1001 }, () => 7), 413, {
      error: "Cannot decode ids: found 1001 token ids, the limit is 1000", error_type: "Validation",
    }],
    ["more of them in all lists together", [Array.from({ length: 600 }, () => 7), Array.from({ length: 401 }, () => 7)], 413, {
      error: "Cannot decode ids: found 1001 token ids, the limit is 1000", error_type: "Validation",
    }],
    ["half an id", [1, 0.5], 422, {
      error: "Cannot read the request: ids[1]: found 0.5, expected a token id: a whole number, 0 or more", error_type: "Validation",
    }],
  ])("refuses %s", async (_, ids, status, answer) => {
    expect(await ask("/decode", { ids })).toEqual([status, answer]);
  });
});
