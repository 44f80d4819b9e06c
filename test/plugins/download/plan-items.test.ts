import { describe, expect, test } from "bun:test";
import type { PluginFile, PluginWheel } from "../../../src/plugins/catalog/lock.ts";
import { planItems } from "../../../src/plugins/download/plan-items.ts";

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

function makeFile(path: string, dataOffset: number, compressedBytes: number, extra: Partial<PluginFile> = {}): PluginFile {
  const sha256 = new Bun.CryptoHasher("sha256").update(path).digest("hex");
  const pieces = Array.from({ length: Math.ceil(compressedBytes / (8 * MEBIBYTE)) }, () => sha256);
  return { path, dataOffset, compressedBytes, sizeBytes: compressedBytes, sha256, pieces, mode: 0o444, method: "stored", crc32: 0, ...extra };
}

function makeWheel(name: string, files: PluginFile[]): PluginWheel {
  return { name, version: "1", file: `${name}-1.whl`, sizeBytes: 0, sha256: "", uploaded: "", licence: "", files };
}

const show = (wheels: PluginWheel[], first?: string): unknown[] =>
  planItems(wheels, first).items.map(({ files, segments }) => [
    files.map(({ path }) => path).join(" "), ...segments.map(({ start, end }) => [start, end]),
  ]);

describe("planItems()", () => {
  test.each<[string, PluginFile[], unknown[]]>([
    ["cuts a large file into pieces", [makeFile("a", 100, 20 * MEBIBYTE)], [
      ["a", [100, 100 + 8 * MEBIBYTE], [100 + 8 * MEBIBYTE, 100 + 16 * MEBIBYTE], [100 + 16 * MEBIBYTE, 100 + 20 * MEBIBYTE]],
    ]],
    ["joins small neighbours, whatever their order", [makeFile("b", 2000, 500), makeFile("a", 100, 500)], [["a b", [100, 2500]]]],
    ["leaves a wide gap out", [makeFile("a", 0, 500), makeFile("b", 500 + 65 * KIBIBYTE, 400)], [
      ["a", [0, 500]], ["b", [500 + 65 * KIBIBYTE, 900 + 65 * KIBIBYTE]],
    ]],
    ["ends a run at 4 MiB", Array.from({ length: 5 }, (_, index) => makeFile(`f${index}`, index * MEBIBYTE, MEBIBYTE)), [
      ["f0 f1 f2 f3", [0, 4 * MEBIBYTE]], ["f4", [4 * MEBIBYTE, 5 * MEBIBYTE]],
    ]],
    ["puts the largest first", [makeFile("a", 0, 2 * MEBIBYTE), makeFile("b", 9 * MEBIBYTE, 3 * MEBIBYTE)], [
      ["b", [9 * MEBIBYTE, 12 * MEBIBYTE]], ["a", [0, 2 * MEBIBYTE]],
    ]],
    ["keeps an empty file", [makeFile("a", 7, 0)], [["a", [7, 7]]]],
  ])("%s", (_, files, expected) => expect(show([makeWheel("w", files)])).toEqual(expected));

  test("puts the file that is wanted first before larger ones, alone, by its path in the tree", () => {
    const files = [makeFile("a", 0, 9 * MEBIBYTE), makeFile("b", 9 * MEBIBYTE, 10, { to: "lib/b" }), makeFile("c", 9 * MEBIBYTE + 20, 10)];
    expect(show([makeWheel("w", files)], "lib/b")).toEqual([
      ["b", [9 * MEBIBYTE, 9 * MEBIBYTE + 10]],
      ["a", [0, 8 * MEBIBYTE], [8 * MEBIBYTE, 9 * MEBIBYTE]],
      ["c", [9 * MEBIBYTE + 20, 9 * MEBIBYTE + 30]],
    ]);
  });

  test("names partial files by what is in them", () => {
    const [one] = planItems([makeWheel("w", [makeFile("a", 0, 9 * MEBIBYTE, { mode: 0o555 })])]).items;
    const sha256 = new Bun.CryptoHasher("sha256").update("a").digest("hex");
    expect(one?.segments.map(({ name }) => name)).toEqual([`${sha256}.x-0.piece`, `${sha256}.x-1.piece`]);
  });

  test("takes a content with one mode once, and knows all of its places", () => {
    const files = [makeFile("a", 0, 10), makeFile("b", 20, 10, { sha256: makeFile("a", 0, 10).sha256 })];
    const { items, twins } = planItems([makeWheel("w", files), makeWheel("x", [makeFile("a", 5, 10, { mode: 0o555 })])]);
    expect(items.map(({ wheel, files: kept }) => [wheel.name, kept.length])).toEqual([["w", 1], ["x", 1]]);
    expect([...twins.values()].map((same) => same.map(({ path }) => path))).toEqual([["a", "b"], ["a"]]);
  });
});
