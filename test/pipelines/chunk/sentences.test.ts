import { describe, expect, test } from "bun:test";
import { createSentenceSplitter } from "../../../src/pipelines/chunk/sentences.ts";

const split = (text: string, start = 0, end = text.length) =>
  Array.from(createSentenceSplitter(text)({ start, end }), (span) => text.slice(span.start, span.end));

describe("createSentenceSplitter()", () => {
  test.each([
    ["ends", "One. Two!  Three? ", ["One. ", "Two!  ", "Three? "]],
    ["numbers and lower case behind a full stop", "It costs 3.50 e.g. here.", ["It costs 3.50 e.g. here."]],
    ["quotes", "\u201cGo.\u201d He went.", ["\u201cGo.\u201d ", "He went."]],
    ["Chinese, which has no spaces", "\u4f60\u597d\u3002\u4e16\u754c\uff01", ["\u4f60\u597d\u3002", "\u4e16\u754c\uff01"]],
    ["Arabic", "\u0645\u0631\u062d\u0628\u0627\u061f \u0646\u0639\u0645.", ["\u0645\u0631\u062d\u0628\u0627\u061f ", "\u0646\u0639\u0645."]],
    ["line breaks", "no end\nnone\r\nlast", ["no end\n", "none\r\n", "last"]],
    ["emoji", "\u{1f600}\u{1f600}. \u{1f468}\u200d\u{1f4bb} Works.", ["\u{1f600}\u{1f600}. ", "\u{1f468}\u200d\u{1f4bb} Works."]],
    ["nothing", "", []],
  ])("splits %s", (_, text, sentences) => {
    expect(split(text)).toEqual(sentences);
  });

  test("splits a part of the text and gives places in the whole of it", () => {
    expect([...createSentenceSplitter("xx. One. Two.")({ start: 4, end: 13 })]).toEqual([{ start: 4, end: 9 }, { start: 9, end: 13 }]);
  });
});
