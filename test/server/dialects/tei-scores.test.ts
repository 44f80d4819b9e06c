import { describe, expect, test } from "bun:test";
import { createFakeDeps } from "../fake-deps.ts";
import { ask, listCalls, readFloats, third } from "./tei-parts.ts";

describe("POST /predict", () => {
  const LABELS = [{ score: 0.75, label: "good" }, { score: 0.25, label: "bad" }];

  test.each<[string, unknown, unknown, unknown]>([
    ["a text", "a", ["a"], LABELS],
    ["a text in a list", ["a"], ["a"], LABELS],
    ["a pair", ["a", "b"], [["a", "b"]], LABELS],
    ["a batch of texts and pairs", [["a"], ["b", "c"]], ["a", ["b", "c"]], [LABELS, LABELS]],
    ["a batch of one", [["a"]], ["a"], [LABELS]],
  ])("answers %s in its own shape", async (_, inputs, asked, answer) => {
    const deps = createFakeDeps();
    expect(await ask("/predict", { inputs }, deps)).toEqual([200, answer]);
    const request = { model: "polarity-tiny", inputs: asked, rawScores: false, truncate: false, direction: "right", signal: expect.any(AbortSignal) };
    expect(listCalls(deps)).toEqual([{ task: "classify", request }]);
  });

  test("asks for logits and cuts where it is told to", async () => {
    const deps = createFakeDeps();
    await ask("/m/x/predict", { inputs: "a", raw_scores: true, truncate: true, truncation_direction: "left" }, deps);
    expect(deps.calls[0]?.request).toMatchObject({ model: "x", rawScores: true, truncate: true, direction: "left" });
  });

  test.each<[string, unknown, number, object]>([
    ["three texts in a row", ["a", "b", "c"], 422, {
      error: "Cannot read the request: inputs: found a list, expected a string, a list of one or two strings, or a list of such lists",
      error_type: "Validation",
    }],
    ["an empty list in a batch", [["a"], []], 422, {
      error:
        "Cannot read the request: inputs[1]: found an empty list, expected a string, a list of one or two strings, or a list of such lists",
      error_type: "Validation",
    }],
    ["no text", [], 400, { error: "Cannot classify inputs: found an empty list", error_type: "Empty" }],
    ["too many", Array.from({ length: 2049 }, () => ["a"]), 400, {
      error: "Cannot classify 2049 texts in one request: the limit is 2048", error_type: "Validation",
    }],
    ["a long text in a pair", [["a", "b".repeat(1001)]], 413, {
      error: "Cannot classify inputs[0][1]: found 1001 bytes of text, the limit is 1000", error_type: "Validation",
    }],
  ])("refuses %s", async (_, inputs, status, answer) => {
    expect(await ask("/predict", { inputs })).toEqual([status, answer]);
  });
});

describe("POST /rerank", () => {
  test("answers by score, best first, equal ones in order", async () => {
    const deps = createFakeDeps();
    const [status, body] = await ask("/rerank", { query: "q", texts: ["b", "abc", "a"] }, deps);
    const ranks = [{ index: 1, score: third(3) }, { index: 0, score: third(1) }, { index: 2, score: third(1) }];
    expect([status, readFloats(body)]).toEqual([200, ranks]);
    const request = { model: "reranker-tiny", query: "q", texts: ["b", "abc", "a"], rawScores: false, truncate: false, direction: "right" };
    expect(listCalls(deps)).toEqual([{ task: "rerank", request: { ...request, signal: expect.any(AbortSignal) } }]);
  });

  test("returns texts and asks for logits where it is told to", async () => {
    const deps = createFakeDeps();
    const [, body] = await ask("/rerank", { query: "", texts: ["abc", "abcabc"], return_text: true, raw_scores: true }, deps);
    expect(body).toEqual([{ index: 1, text: "abcabc", score: 2 }, { index: 0, text: "abc", score: 1 }]);
    expect(deps.calls[0]?.request).toMatchObject({ rawScores: true });
  });

  test.each<[string, unknown, number, object]>([
    ["no texts", { query: "q", texts: [] }, 400, { error: "Cannot rerank texts: found an empty list", error_type: "Empty" }],
    ["too many texts", { query: "q", texts: Array.from({ length: 2049 }, () => "a") }, 400, {
      error: "Cannot rerank 2049 texts in one request: the limit is 2048", error_type: "Validation",
    }],
    ["a missing query and one text for several", { texts: "a" }, 422, {
      error:
        "Cannot read the request: query: found nothing, expected a string; " +
        'texts: found "a", expected a list of at least one string',
      error_type: "Validation",
    }],
    ["a long query", { query: "q".repeat(1001), texts: ["a"] }, 413, {
      error: "Cannot rerank query: found 1001 bytes of text, the limit is 1000", error_type: "Validation",
    }],
  ])("refuses %s", async (_, body, status, answer) => {
    expect(await ask("/rerank", body)).toEqual([status, answer]);
  });
});
