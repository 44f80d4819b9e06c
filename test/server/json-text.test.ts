import { describe, expect, test } from "bun:test";
import { formatAnswer } from "../../src/server/json-text.ts";

const signal = new AbortController().signal;
const format = (value: unknown): unknown => formatAnswer(value, signal);

describe("formatAnswer()", () => {
  test.each<[unknown]>([
    [{ model: 'a "b"', n: 1.5, none: null, gone: undefined, yes: true, list: [1, "x"], inner: { "ké\n": [] } }],
    [[]], [[1, 2]], [["a"]], [[[{ index: 1, value: 0.5 }], []]], [{}], [null], ["text"], [7],
  ])("writes %j as JSON.stringify does", (value) => {
    expect(format(value)).toBe(JSON.stringify(value));
  });

  test("writes a vector as a list of numbers, wherever it stands", () => {
    const vector = Float32Array.of(0.5, -2);
    expect(format(vector)).toBe("[0.5,-2]");
    expect(format([vector, vector])).toBe("[[0.5,-2],[0.5,-2]]");
    expect(format([[vector], []])).toBe("[[[0.5,-2]],[]]");
    expect(format({ a: [{ embedding: vector }], b: 1 })).toBe('{"a":[{"embedding":[0.5,-2]}],"b":1}');
  });

  test("writes bytes in base64, of just their view", () => {
    const bytes = Uint8Array.of(9, 1, 2, 255, 9).subarray(1, 4);
    expect(format({ embedding: bytes })).toBe('{"embedding":"AQL/"}');
  });

  test("writes a large answer in turns, as a small one", async () => {
    const vectors = Array.from({ length: 4000 }, (_, index) => new Float32Array(1024).fill(index / 1000));
    let turns = 0;
    const timer = setInterval(() => void turns++, 0);
    const text = await format({ data: vectors.map((embedding) => ({ embedding })) });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
    const { data }: { data: { embedding: number[] }[] } = JSON.parse(String(text));
    expect(data.map(({ embedding }) => Math.fround(embedding[1023] ?? NaN))).toEqual(vectors.map(([value]) => value ?? NaN));
  });

  test("stops a large answer that nobody waits for", async () => {
    const client = new AbortController();
    const vectors = Array.from({ length: 2000 }, () => new Float32Array(2048).fill(0.123456));
    const text = Promise.resolve(formatAnswer(vectors, client.signal)).then(() => "answered", (error: Error) => error.message);
    client.abort(new Error("left"));
    expect(await text).toBe("left");
  });
});
