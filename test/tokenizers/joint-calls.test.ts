// Which requests share a call of the library, and who is told what when a call fails or a client has left.
import { describe, expect, test } from "bun:test";
import type { Encoding } from "tokenizers";
import { CALL_CHARACTERS } from "../../src/tokenizers/call-slices.ts";
import { JointCalls } from "../../src/tokenizers/joint-calls.ts";
import { Turn } from "../../src/tokenizers/turn.ts";

/** Encodings that are just their texts; a text that says so fails its call. */
function createCalls(): { joint: JointCalls; calls: string[][]; encode: (texts: string[], signal?: AbortSignal) => Promise<unknown> } {
  const calls: string[][] = [];
  const joint = new JointCalls(new Turn(), async (texts) => {
    calls.push(texts);
    await Bun.sleep(1);
    if (texts.includes("fail")) throw new Error(`cannot encode ${texts.length}`);
    return texts.map((text) => `<${text}>`) as unknown as Encoding[];
  });
  const encode = (texts: string[], signal?: AbortSignal): Promise<unknown> => {
    const characters = texts.reduce((sum, { length }) => sum + length, 0);
    return joint.encode(texts, characters, signal).catch((error: Error) => error.message);
  };
  return { joint, calls, encode };
}

describe("JointCalls", () => {
  test("gives each request its own encodings of one call for all that wait", async () => {
    const { calls, encode } = createCalls();
    const first = encode(["a"]);
    await Bun.sleep(0);
    const others = [encode(["b", "c"]), encode([]), encode(["d"])];
    expect(await first).toEqual(["<a>"]);
    expect(await Promise.all(others)).toEqual([["<b>", "<c>"], [], ["<d>"]]);
    expect(calls).toEqual([["a"], ["b", "c", "d"]]);
  });

  test("takes no more than a call holds, in order", async () => {
    const { calls, encode } = createCalls();
    const long = "x".repeat(CALL_CHARACTERS - 1);
    await Promise.all([encode([long]), encode(["a"]), encode(["b"]), encode([long]), encode(["c"])]);
    expect(calls.map((texts) => texts.map(({ length }) => length))).toEqual([[long.length, 1], [1, long.length], [1]]);
  });

  test("fails the request whose text fails, and no other", async () => {
    const { calls, encode } = createCalls();
    const results = await Promise.all([encode(["a"]), encode(["fail", "b"]), encode(["c"])]);
    expect(results).toEqual([["<a>"], "cannot encode 2", ["<c>"]]);
    expect(calls).toEqual([["a", "fail", "b", "c"], ["a"], ["fail", "b"], ["c"]]);
    expect(await encode(["d"])).toEqual(["<d>"]);
  });

  test("leaves out a request that has left before its call, and answers one that left during it", async () => {
    const { calls, encode } = createCalls();
    const [during, before] = [new AbortController(), new AbortController()];
    const first = encode(["a"], during.signal);
    await Bun.sleep(0);
    const left = encode(["b"], before.signal);
    before.abort(new Error("left"));
    during.abort(new Error("left too"));
    expect(await Promise.all([first, left, encode(["c"])])).toEqual([["<a>"], "left", ["<c>"]]);
    expect(calls).toEqual([["a"], ["c"]]);
  });
});
