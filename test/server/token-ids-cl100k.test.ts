import { describe, expect, test } from "bun:test";
import { Tiktoken } from "js-tiktoken/lite";
import ranks from "js-tiktoken/ranks/cl100k_base";
import { createCl100kDecoder } from "../../src/server/token-ids-cl100k.ts";

const tiktoken = new Tiktoken(ranks);
const encode = (text: string): number[] => tiktoken.encode(text, [], []);
const decode = createCl100kDecoder(1000);

describe("createCl100kDecoder()", () => {
  // The ids are those of OpenAI's own tiktoken.
  test.each([
    ["hello world", [15339, 1917]],
    ["tiktoken is great!", [83, 1609, 5963, 374, 2294, 0]],
    ["antidisestablishmentarianism", [519, 85342, 34500, 479, 8997, 2191]],
    ["お誕生日おめでとう", [33334, 45918, 243, 21990, 9080, 33334, 62004, 16556, 78699]],
  ])("gives %p back", async (text, ids) => {
    expect(await decode(ids, ["input"])).toBe(text);
  });

  test.each([
    "The quick brown fox\n\n\tjumps over 13 lazy dogs.",
    "Größe, naïve, Ελληνικά, русский, עברית, العربية, हिन्दी, 中文, 한국어",
    "👩‍👩‍👧 family 🏳️‍🌈 flag e\u0301",
    "\uFEFFa byte order mark in front",
    "zero\u0000byte and \u2028 line separator",
    "  spaces   of  all \u00a0 kinds ",
  ])("gives back what tiktoken made of %p", async (text) => {
    expect(await decode(encode(text), ["input"])).toBe(text);
  });

  test("has every id that tiktoken has, and writes special tokens as text", async () => {
    const all = createCl100kDecoder(10_000_000);
    const ids = Array.from({ length: 100_256 }, (_, id) => id);
    expect((await all(ids, ["input"])).length).toBeGreaterThan(500_000);
    expect(await decode([15339, 100257, 100276], ["input"])).toBe("hello<|endoftext|><|endofprompt|>");
  });

  test("writes U+FFFD where a list was cut inside a character", async () => {
    const ids = encode("誕");
    expect(ids.length).toBeGreaterThan(1);
    expect(await decode(ids.slice(0, 1), ["input"])).toContain("\uFFFD");
  });

  test.each([100_256, 100_261, 100_275, 100_277, 2 ** 31 - 1])("refuses id %d, which the vocabulary lacks", async (id) => {
    const message = `Cannot read the request: input[3][1]: found ${id}, expected a token id of cl100k_base`;
    await expect(decode([0, id], ["input", 3])).rejects.toMatchObject({ code: "invalid_request", message, details: { param: "input[3][1]" } });
  });

  test("refuses ids of too long a text", async () => {
    const message = "Cannot embed input: found token ids of more text than the limit of 1000 bytes";
    const ids = encode(" hello".repeat(167));
    await expect(decode(ids, ["input"])).rejects.toMatchObject({ code: "text_too_large", message });
  });
});
