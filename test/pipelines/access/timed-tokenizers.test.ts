import { describe, expect, test } from "bun:test";
import { NO_METRICS } from "../../../src/metrics.ts";
import { createTimedTokenizers } from "../../../src/pipelines/access/timed-tokenizers.ts";
import { rejection } from "../../fixtures/test-runner.ts";
import { characterTokenizer } from "../embedder-parts.ts";

const FILE = { file: "tokenizer.json", name: "minilm", trusted: true };

function create(tokenizer = characterTokenizer) {
  const times: [string, boolean][] = [];
  const noteTokenized = (model: string, seconds: number): void => void times.push([model, seconds >= 0 && seconds < 10]);
  const tokenizers = createTimedTokenizers({ open: async () => tokenizer }, { ...NO_METRICS, noteTokenized });
  return { tokenizers, times };
}

describe("createTimedTokenizers()", () => {
  test("times each call that takes texts, and changes no answer", async () => {
    const { tokenizers, times } = create();
    const timed = await tokenizers.open(FILE);
    expect(await timed.encode(["abc"], 4)).toEqual(await characterTokenizer.encode(["abc"], 4));
    expect(await timed.encodePairs([["a", "b"]], 9)).toEqual(await characterTokenizer.encodePairs([["a", "b"]], 9));
    expect(await timed.encodeDetailed(["abc"])).toEqual(await characterTokenizer.encodeDetailed(["abc"]));
    expect([timed.findToken(65), timed.vocabularySize, await timed.countPrompt("ab")]).toEqual(["A", 0x110000, 3]);
    expect(times).toEqual(Array.from({ length: 3 }, () => ["minilm", true]));
  });

  test("times nothing that failed", async () => {
    const error = new Error("no");
    const { tokenizers, times } = create({ ...characterTokenizer, encode: () => Promise.reject(error) });
    expect(await rejection((await tokenizers.open(FILE)).encode(["a"], 9))).toBe(error);
    expect(times).toEqual([]);
  });
});
